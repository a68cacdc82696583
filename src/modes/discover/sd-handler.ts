import type { Context } from "hono";
import type { Answers, View } from "../../discovery/answers.ts";
import { FilterError, parseFilter } from "../../discovery/filter.ts";
import { acceptsGzip, lengthOf } from "../../exporter/negotiate.ts";
import { hasTag, weakTag } from "../../web/etag.ts";

/** What the lists are served from. */
export interface SdOptions {
  /** The lists now, or why there are none. */
  readonly answers: () => Answers | string;
  /** Age of what they are made of, in seconds. */
  readonly ageSeconds: () => number;
  readonly gzip: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}

/** Compressed lists are kept as long as the lists themselves. */
const compressed = new WeakMap<Uint8Array, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * Answers with a list: the targets of a view that both queries want, the request's and a module's.
 *
 * Anything but a whole list is an error, upon which Prometheus keeps what it has.
 */
export async function sdAnswer(c: Context, { answers, ageSeconds, gzip }: SdOptions, view: View, module = "") {
  const now = answers();
  if (typeof now === "string") return c.text(`${now}\n`, 503, { "Retry-After": "5" });
  const params = new URL(c.req.url).searchParams;
  params.sort();
  let answer: ReturnType<Answers["answer"]>;
  try {
    const filter = { ...parseFilter(params), also: parseFilter(new URLSearchParams(module)) };
    answer = now.answer(view, filter, `${params}?${module}`);
  } catch (error) {
    if (error instanceof FilterError) return c.text(`${error.message}\n`, 400);
    throw error;
  }
  const { bytes, version } = answer;
  const tag = weakTag(version);
  const headers = {
    "Content-Type": "application/json",
    ETag: tag,
    Age: `${Math.max(0, Math.round(ageSeconds()))}`,
    Vary: "Accept, Accept-Encoding",
  };
  if (hasTag(c.req.header("If-None-Match"), tag)) return c.body(null, 304, headers);
  if (!acceptsGzip(c.req.header("Accept-Encoding"))) return c.body(bytes, 200, { ...headers, ...lengthOf(bytes) });
  const packing = compressed.get(bytes) ?? gzip(bytes);
  compressed.set(bytes, packing);
  const packed = await packing;
  return c.body(packed, 200, { ...headers, "Content-Encoding": "gzip", ...lengthOf(packed) });
}
