import { z } from "zod";
import type { Credential } from "./credential.ts";
import { ApiError } from "./errors.ts";
import { requestJson } from "./request.ts";

const text = z.string().max(4096).optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);

/**
 * A device as the Tailscale API describes it. One without an id makes the answer useless, for then it is not known who is
 * missing; any other field that has another type is as if it were absent.
 */
export const ApiDevice = z.object({
  /** Stable id. Absent in old APIs, which have `id` alone. */
  nodeId: text,
  id: text,
  addresses: z.array(z.string()).optional().catch(undefined),
  /** MagicDNS name without a final dot. Of Headscale just the first label. */
  name: text,
  hostname: text,
  os: text,
  user: text,
  tags: z.array(z.string().max(4096)).nullish().catch(undefined),
  clientVersion: text,
  authorized: flag,
  /** Shared in from another tailnet. */
  isExternal: flag,
  /** Absent in Headscale's. */
  connectedToControl: flag,
  /** Absent while it is connected, and when it never was. */
  lastSeen: text,
});
export type ApiDevice = z.infer<typeof ApiDevice>;

const DevicesAnswer = z.object({ devices: z.array(ApiDevice.refine(({ nodeId, id }) => nodeId || id)) });

/** Where a Tailscale API is, and of which tailnet. */
export interface TailscaleApiOptions {
  /** As in `https://api.tailscale.com`. */
  readonly url: URL;
  /** Name of the tailnet; `-` is the credential's own. */
  readonly tailnet: string;
  readonly credential: Credential;
}

/** A Tailscale API. Every method asks once, keeps nothing but the token, and rejects with `ApiError`. */
export class TailscaleApi {
  readonly #options: TailscaleApiOptions;

  constructor(options: TailscaleApiOptions) {
    this.#options = options;
  }

  /** All devices. `GET /tailnet/{tailnet}/devices`, which knows no pages. */
  async devices(signal?: AbortSignal): Promise<ApiDevice[]> {
    const what = "Tailscale API devices";
    const answer = await this.#get(what, `tailnet/${encodeURIComponent(this.#options.tailnet)}/devices`, signal);
    const parsed = DevicesAnswer.safeParse(answer);
    if (!parsed.success) throw new ApiError("decode", what, "the answer is no list of devices");
    return parsed.data.devices;
  }

  /** Whether there is a device of that id. `GET /device/{id}`. */
  async hasDevice(id: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#get("Tailscale API device", `device/${encodeURIComponent(id)}`, signal);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.failure === "not_found") return false;
      throw error;
    }
  }

  async #get(what: string, path: string, signal: AbortSignal | undefined): Promise<unknown> {
    const { url: base, credential } = this.#options;
    const url = new URL(`/api/v2/${path}`, base);
    const ask = async () => requestJson({ what, url, authorization: await credential.authorization(signal), signal });
    try {
      return await ask();
    } catch (error) {
      const isRefused = error instanceof ApiError && error.failure === "unauthorized";
      if (isRefused && credential.refused()) return await ask(); // a token may be withdrawn before its time
      throw error;
    }
  }
}
