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
        error: () => Response;
        fetch: (request: Request, server: BunServer) => Response | Promise<Response>;
      }): BunServer;
    };
interface BunServer {
  readonly port: number;
  /** Null when the connection is gone already. */
  requestIP(request: Request): { readonly address: string; readonly port: number } | null;
  stop(closeActive?: boolean): Promise<void>;
}
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: () => void; onError: () => Response },
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
 * Serves HTTP on one address.
 *
 * @throws {ListenError} If the system refuses the address.
 */
export function serve(hostname: string, port: number, fetch: Fetch): Server {
  try {
    if (typeof Bun !== "undefined") {
      const server = Bun.serve({
        hostname,
        port,
        idleTimeout: IDLE_TIMEOUT_SECONDS,
        development: false, // true prints every answer that breaks off
        reusePort: false, // true without development, and then another process may take a share of our callers
        error: broken,
        fetch: (request, self) => {
          const { address, port } = self.requestIP(request) ?? NOBODY;
          return fetch(request, remoteOf(address, port));
        },
      });
      return { port: server.port, stop: () => server.stop() };
    }
    const server = Deno.serve({ hostname, port, onListen: () => {}, onError: broken }, (request, { remoteAddr }) =>
      fetch(request, remoteOf(remoteAddr.hostname, remoteAddr.port)),
    );
    return { port: server.addr.port, stop: () => server.shutdown() };
  } catch (error) {
    throw toListenError(error, hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`);
  }
}

/** Of a connection that is gone: belongs to no host. */
const NOBODY = { address: "0.0.0.0", port: 0 };

/** A listener for both families tells IPv4 addresses as IPv6. */
function remoteOf(address: string, port: number): Remote {
  return { address: address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, ""), port };
}

/** Answers where a handler failed. Without it the runtimes show the error to the caller or on stderr. */
function broken(): Response {
  return new Response("Internal error\n", { status: 500 });
}

function toListenError(error: unknown, address: string): ListenError {
  const { code, name, message } = error as { code?: string; name?: string; message: string };
  const is = (posix: string, deno: string) => code === posix || name === deno;
  if (is("EADDRINUSE", "AddrInUse")) {
    const detail = "the address is in use (stop what listens there, or choose another port with --web.listen)";
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
  return new ListenError("other", address, message, { cause: error });
}
