import type { Context } from "hono";
import { hostPort, type Target } from "../../discovery/target.ts";
import { requestBudgetSeconds } from "../../exporter/budget.ts";
import { FOREIGN_HEADERS } from "../../http/foreign.ts";
import { type HttpResponse, request } from "../../http/request.ts";
import type { Connection } from "../../runtime/connection.ts";
import type { Dial } from "../shared/dial.ts";

/** What scrapes go through. */
export interface ViaOptions {
  /** The target of a device's id and of a key; undefined when it is not listed. */
  readonly find: (node: string, key: string) => Target | undefined;
  readonly dial: Dial;
  readonly count: (outcome: ViaOutcome) => void;
}

/** How such a scrape ended: the target's own answer, no way to it, no answer, an answer that breaks off, or too much. */
export type ViaOutcome = "ok" | "unknown" | "tunnel" | "exporter" | "timeout" | "cut" | "too_large";

/** Longest time of a scrape when Prometheus names none, in seconds. */
const TIMEOUT_SECONDS = 30;
const MAX_BYTES = 50 * 1024 * 1024;

const PASSED_REQUEST_HEADERS = ["accept", "accept-encoding"];
const PASSED_ANSWER_HEADERS = ["content-type", "content-encoding"];

/** `GET /via/NODE/KEY`: scrapes a listed target through tailscaled and streams its answer. Nothing else can be reached. */
export function viaHandler({ find, dial, count }: ViaOptions) {
  return async function via(c: Context): Promise<Response> {
    const target = find(c.req.param("node") ?? "", c.req.param("key") ?? "");
    if (!target) {
      count("unknown");
      return c.text("No such target. Those that there are, are at /sd\n", 404);
    }
    const where = hostPort(target.host, target.port);
    const seconds = requestBudgetSeconds(c, TIMEOUT_SECONDS);
    const signal = AbortSignal.any([AbortSignal.timeout(seconds * 1000), c.req.raw.signal]);
    let connection: Connection;
    try {
      connection = await dial(target.host, target.port, signal);
    } catch (error) {
      count(signal.aborted ? "timeout" : "tunnel");
      const text = `Cannot reach ${where} through the tailnet: ${textOf(error)}\n`;
      return c.text(text, signal.aborted ? 504 : 502);
    }
    const abort = () => connection.close();
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      const answer = await request(connection, { host: where, path: target.path, headers: passedHeaders(c, seconds) });
      const { status } = answer;
      const headers = answerHeaders(answer);
      if (c.req.raw.method !== "HEAD") return new Response(streamOf(answer, connection, count), { status, headers });
      connection.close();
      count("ok");
      return new Response(null, { status, headers });
    } catch (error) {
      connection.close();
      count(signal.aborted ? "timeout" : "exporter");
      const reason = signal.aborted ? `no answer in ${seconds} s` : textOf(error);
      return c.text(`The exporter at ${where} does not answer: ${reason}\n`, signal.aborted ? 504 : 502);
    }
  };
}

function passedHeaders(c: Context, seconds: number): Record<string, string> {
  const headers: Record<string, string> = { "X-Prometheus-Scrape-Timeout-Seconds": String(seconds) };
  for (const name of PASSED_REQUEST_HEADERS) {
    const value = c.req.header(name);
    if (value !== undefined && /^[\t\x20-\x7e]*$/.test(value)) headers[name] = value;
  }
  return headers;
}

function answerHeaders({ headers }: HttpResponse): Record<string, string> {
  const passed = PASSED_ANSWER_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...FOREIGN_HEADERS, ...Object.fromEntries(passed) };
}

/** The answer's body. One that breaks off or is too large errs, so that it is not taken for a whole one. */
function streamOf(
  { body }: HttpResponse,
  connection: Connection,
  count: ViaOptions["count"],
): ReadableStream<Uint8Array> {
  let bytes = 0;
  const end = (outcome: ViaOutcome) => {
    count(outcome);
    connection.close();
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = await body.next();
        if (done) {
          end("ok");
          return controller.close();
        }
        bytes += value.length;
        if (bytes > MAX_BYTES) throw new RangeError(`more than ${MAX_BYTES} bytes`);
        controller.enqueue(value);
      } catch (error) {
        end(error instanceof RangeError ? "too_large" : "cut");
        controller.error(error);
      }
    },
    cancel: () => end("cut"),
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
