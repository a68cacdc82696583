import { z } from "zod";
import type { Credential } from "./credential.ts";
import { ApiError } from "./errors.ts";
import { requestJson } from "./request.ts";

const text = z.string().max(4096).optional().catch(undefined);
const tags = z.array(z.string().max(4096)).nullish().catch(undefined);

/** A node as Headscale's API v1 describes it; what has another type is as if it were absent, but for the id. */
export const HeadscaleNode = z.object({
  /** The same as the stable id that its clients know. */
  id: z.union([z.string().regex(/^\d{1,20}$/), z.int().min(0)]).transform(String),
  ipAddresses: z.array(z.string()).optional().catch(undefined),
  /** What the node calls itself. */
  name: text,
  /** First label of its MagicDNS name. */
  givenName: text,
  user: z.object({ name: text, email: text }).nullish().catch(undefined),
  online: z.boolean().optional().catch(undefined),
  /** Since 0.28. */
  tags,
  /** Before 0.28, the two together. */
  forcedTags: tags,
  validTags: tags,
});
export type HeadscaleNode = z.infer<typeof HeadscaleNode>;

const NodesAnswer = z.object({ nodes: z.array(HeadscaleNode) });

/** All nodes of a Headscale: `GET /api/v1/node`. Rejects with `ApiError`. */
export async function headscaleNodes(
  { url, credential }: { readonly url: URL; readonly credential: Credential },
  signal?: AbortSignal,
): Promise<HeadscaleNode[]> {
  const what = "Headscale API nodes";
  const authorization = await credential.authorization(signal);
  const answer = await requestJson({ what, url: new URL("/api/v1/node", url), authorization, signal });
  const parsed = NodesAnswer.safeParse(answer);
  if (!parsed.success) throw new ApiError("decode", what, "the answer is no list of nodes");
  return parsed.data.nodes;
}
