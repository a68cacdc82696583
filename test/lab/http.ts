import { type IncomingMessage, request } from "node:http";

/** What a request carries beside its URL. */
export interface Init {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const TIMEOUT_SECONDS = 60;

/** The answer to a request over a Unix socket, read to its end. */
export function fetchUnix(
  socketPath: string,
  path: string,
  { method = "GET", headers, body }: Init = {},
): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, method, headers: { ...headers }, agent: false, signal }, (incoming) =>
      toResponse(incoming).then(resolve, reject),
    );
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** The answer of a server that the proxy at a Unix socket reaches. Rejects when it does not reach it. */
export async function fetchThrough(proxy: string, url: URL, init: Init = {}): Promise<Response> {
  const headers = { Host: url.host, ...init.headers, "Lab-Origin": url.origin };
  const response = await fetchUnix(proxy, `${url.pathname}${url.search}`, { ...init, headers });
  const error = response.headers.get("lab-proxy-error");
  if (error !== null) throw new Error(`Cannot fetch ${url.href}: ${error}`);
  return response;
}

async function toResponse(incoming: IncomingMessage): Promise<Response> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!);
  }
  const status = incoming.statusCode ?? 0;
  const hasBody = status !== 204 && status !== 304;
  return new Response(hasBody ? new Blob(chunks as Uint8Array<ArrayBuffer>[]) : null, { status, headers });
}
