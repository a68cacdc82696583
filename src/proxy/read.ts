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
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new ProxyError("status", `answers with the status ${response.status}`);
    }
    const type = response.headers.get("content-type") ?? "";
    return { text: await response.text(), isOpenMetrics: /^application\/openmetrics-text\b/i.test(type) };
  } catch (error) {
    throw new Error(`Exporter ${name} ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
