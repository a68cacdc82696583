/** What Bun.serve and Deno.serve offer of what we use. Their type packages clash with each other. */
declare const Bun:
  | undefined
  | {
      serve(options: {
        hostname: string;
        port: number;
        idleTimeout: number;
        fetch: (request: Request) => Response | Promise<Response>;
      }): { readonly port: number; stop(closeActive?: boolean): Promise<void> };
    };
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: () => void },
    handler: (request: Request) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
};

/** Answers HTTP requests. */
export type Fetch = (request: Request) => Response | Promise<Response>;

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
      const server = Bun.serve({ hostname, port, idleTimeout: IDLE_TIMEOUT_SECONDS, fetch });
      return { port: server.port, stop: () => server.stop() };
    }
    const server = Deno.serve({ hostname, port, onListen: () => {} }, fetch);
    return { port: server.addr.port, stop: () => server.shutdown() };
  } catch (error) {
    throw toListenError(error, hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`);
  }
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
