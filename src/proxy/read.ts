import { forward } from "./forward.ts";
import type { ProxyOptions } from "./http.ts";
import { credentialsOf } from "./options.ts";
import { ProxyError } from "./outcome.ts";

/** What an exporter answered. */
export interface Exposition {
  readonly text: string;
  readonly isOpenMetrics: boolean;
}

/**
 * The whole answer of an exporter, for a page of its own making.
 *
 * @param accept Formats that are wanted, as in the header of that name.
 * @throws {Error} With the exporter's name if it does not answer with 200, in time and whole.
 */
export async function readExporter(
  proxy: ProxyOptions,
  name: string,
  accept: string,
  budgetSeconds: number,
): Promise<Exposition> {
  const startedMs = performance.now();
  try {
    const response = await forward({
      url: proxy.targets.get(name)!.url,
      method: "GET",
      headers: new Headers({ Accept: accept, "Accept-Encoding": "identity" }),
      credentials: credentialsOf(proxy.options[name] ?? {}),
      budgetSeconds,
      maxBytes: proxy.maxBytes,
      signal: new AbortController().signal,
      ended: (outcome) => proxy.observe(name, outcome, (performance.now() - startedMs) / 1000),
    });
    const problem = problemOf(response);
    if (problem !== undefined) {
      await response.body?.cancel();
      throw new ProxyError("bad_answer", problem);
    }
    const isOpenMetrics = /^application\/openmetrics-text\b/i.test(response.headers.get("content-type") ?? "");
    return { text: decode(await response.arrayBuffer()), isOpenMetrics };
  } catch (error) {
    throw new Error(`Exporter ${name} ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Text of bytes in UTF-8. Where they are not it refuses them, and does not replace what it cannot read. */
function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ProxyError("bad_answer", "answers with text that is not UTF-8");
  }
}

/** Why an answer is not the text that was asked for. */
function problemOf({ status, headers }: Response): string | undefined {
  if (status !== 200) return `answers with the status ${status}`;
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") return `answers with the encoding ${encoding}, which was not asked for`;
  const type = headers.get("content-type") ?? "";
  return /protobuf/i.test(type) ? "answers with protobuf, which was not asked for" : undefined;
}
