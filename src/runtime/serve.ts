import { isIp } from "./ip.ts";
import { releaseMemorySoon } from "./memory.ts";

/** What Bun.serve and Deno.serve offer of what we use. Their type packages clash with each other. */
declare const Bun:
  | undefined
  | {
      serve(options: {
        hostname: string;
        port: number;
        idleTimeout: number;
        development: boolean;
        reusePort: boolean;
        tls?: BunTls | undefined;
        error: () => Response;
        fetch: (request: Request, server: BunServer) => Response | Promise<Response>;
      }): BunServer;
    };
interface BunTls {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
  readonly minVersion?: number;
  readonly maxVersion?: number;
}
interface BunServer {
  readonly port: number;
  /** Null when the connection is gone already. */
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
  stop(closeActive?: boolean): Promise<void>;
}
declare const Deno: {
  serve(
    options: {
      hostname: string;
      port: number;
      cert?: string;
      key?: string;
      onListen: () => void;
      onError: () => Response;
    },
    handler: (request: Request, info: DenoInfo) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
};

interface DenoInfo {
  readonly remoteAddr: { readonly hostname: string; readonly port: number };
}

/** The other end of the connection that a request came on, as the system has it: no header can change it. */
export interface Remote {
  /** IP address, an IPv4 one never written as IPv6. */
  readonly address: string;
  readonly port: number;
}

/** Answers HTTP requests. */
export type Fetch = (request: Request, remote: Remote) => Response | Promise<Response>;

/** A port on an address that answers HTTP. */
export interface Server {
  /** The port in use, also where any free one was asked for with 0. */
  readonly port: number;
  /** Accepts no more and resolves when running requests are answered. */
  stop(): Promise<void>;
}

/** What a server shows of itself to its callers, and wants of them. All texts are PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates that callers must show; absent, they need none. */
  readonly clientCa?: string | undefined;
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
}

export type TlsVersion = "TLS12" | "TLS13";

/** Version numbers of the protocol, RFC 8446 4.2.1. */
const TLS_NUMBERS: Readonly<Record<TlsVersion, number>> = { TLS12: 0x0303, TLS13: 0x0304 };

/** Why an address could not be listened on. */
export type ListenFailure = "in use" | "not ours" | "not permitted" | "other";

/** An address that could not be listened on. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly failure: ListenFailure;

  /** `host:port`. */
  readonly address: string;

  constructor(failure: ListenFailure, address: string, detail: string, options?: ErrorOptions) {
    super(`Cannot listen on ${address}: ${detail}`, options);
    this.failure = failure;
    this.address = address;
  }
}

/** Seconds after which a connection on which nothing moves is closed. Bun's limit is 255; a slow scrape stays below. */
const IDLE_TIMEOUT_SECONDS = 150;

/**
 * Serves HTTP on one address, or HTTPS where there is a `tls`. On Deno a certificate is all that it can have.
 *
 * @throws {ListenError} If the system refuses the address.
 */
export function serve(hostname: string, port: number, fetch: Fetch, tls?: Tls): Server {
  try {
    if (typeof Bun !== "undefined") {
      const server = Bun.serve({
        hostname,
        port,
        idleTimeout: IDLE_TIMEOUT_SECONDS,
        development: false, // true prints every answer that breaks off
        reusePort: false, // true without development, and then another process may take a share of our callers
        error: broken,
        tls: tls && toBunTls(tls),
        fetch: (request, self) => {
          const { address, port } = self.requestIP(request) ?? NOBODY;
          return thenRelease(fetch(withHost(request), remoteOf(address, port)));
        },
      });
      return { port: server.port, stop: () => server.stop() };
    }
    if (tls?.clientCa !== undefined || tls?.minVersion === "TLS13" || tls?.maxVersion === "TLS12") {
      throw new Error("client certificates and TLS versions can be asked for by the compiled binary only, not on Deno");
    }
    const secure = tls && { cert: tls.cert, key: tls.key };
    const options = { hostname, port, ...secure, onListen: () => {}, onError: broken };
    const server = Deno.serve(options, (request, { remoteAddr }) =>
      fetch(request, remoteOf(remoteAddr.hostname, remoteAddr.port)),
    );
    return { port: server.addr.port, stop: () => server.shutdown() };
  } catch (error) {
    throw toListenError(error, hostname, port);
  }
}

/** Why no server can be had with these texts, as the runtime puts it; undefined when one can. Tries it, with a port of its own. */
export function tlsProblem(tls: Tls): string | undefined {
  try {
    void serve("127.0.0.1", 0, broken, tls).stop();
    return undefined;
  } catch (error) {
    const { cause } = error as ListenError;
    return cause instanceof Error ? cause.message : String(cause);
  }
}

function toBunTls({ cert, key, clientCa, minVersion, maxVersion }: Tls): BunTls {
  return {
    cert,
    key,
    ...(clientCa !== undefined && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
    ...(minVersion && { minVersion: TLS_NUMBERS[minVersion] }),
    ...(maxVersion && { maxVersion: TLS_NUMBERS[maxVersion] }),
  };
}

/** HTTP/1.0 needs no Host header, and load balancers send none to see whether we live: Bun's URL is then the bare path. */
function withHost(request: Request): Request {
  return request.url.startsWith("/") ? new Request(`http://localhost${request.url}`, request) : request;
}

/** Of a connection that is gone: belongs to no host. */
const NOBODY = { address: "0.0.0.0", port: 0 };

/** A listener for both families tells IPv4 addresses as IPv6. */
function remoteOf(address: string, port: number): Remote {
  return { address: address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, ""), port };
}

async function thenRelease(answer: Response | Promise<Response>): Promise<Response> {
  try {
    return await answer;
  } finally {
    releaseMemorySoon();
  }
}

/** Answers where a handler failed. Without it the runtimes show the error to the caller or on stderr. */
function broken(): Response {
  return new Response("Internal error\n", { status: 500 });
}

function toListenError(error: unknown, hostname: string, port: number): ListenError {
  const address = hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
  const { code, name, message } = error as { code?: string; name?: string; message: string };
  const is = (posix: string, deno: string) => code === posix || name === deno;
  if (is("EADDRINUSE", "AddrInUse")) {
    // Bun says the same of a name that no host has.
    const doubt = isIp(hostname) ? "" : ", or no host has this name";
    const detail = `the address is in use${doubt} (stop what listens there, or choose another with --web.listen)`;
    return new ListenError("in use", address, detail, { cause: error });
  }
  // The second is what a kernel without IPv6 says of ::1.
  if (is("EADDRNOTAVAIL", "AddrNotAvailable") || code === "EAFNOSUPPORT") {
    const detail = "the address is not one of this host (see the host's addresses with: ip address)";
    return new ListenError("not ours", address, detail, { cause: error });
  }
  if (is("EACCES", "PermissionDenied")) {
    const detail = "permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)";
    return new ListenError("not permitted", address, detail, { cause: error });
  }
  if (code === "EAGAIN" && !isIp(hostname)) {
    const detail = "the name cannot be resolved now (see the host's resolver, or give an address)";
    return new ListenError("other", address, detail, { cause: error });
  }
  return new ListenError("other", address, message, { cause: error });
}
