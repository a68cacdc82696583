import { type Fetch, ListenError, type Server, serve, type Tls } from "../runtime/serve.ts";

/** An address to listen on. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Whether it may be refused by the system without that being an error: an address found by ourselves that is not up yet. */
  readonly optional?: boolean;
}

/** `host:port`, with an IPv6 address in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

interface Open {
  readonly host: string;
  readonly server: Server;
}

/** How long a port may take to be free again when its certificate changes, in seconds. Running requests go on. */
const RENEWAL_SECONDS = 1;

/** Servers on a set of addresses that changes while they run. */
export class Listeners {
  readonly #fetch: Fetch;
  readonly #open = new Map<string, Open>();
  #tls: Tls | undefined;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** Addresses in use, as `host:port` with the port that port 0 became. */
  get addresses(): string[] {
    return [...this.#open.values()].map(({ host, server }) => formatAddress({ host, port: server.port }));
  }

  /** Speaks TLS from now on, with this certificate. Closes what is open with another, for {@linkcode set} to open again. */
  async secure(tls: Tls | undefined): Promise<void> {
    if (tls === this.#tls) return;
    this.#tls = tls;
    await this.close(RENEWAL_SECONDS);
  }

  /** Opens what is missing of `wanted`, closes the rest, and returns the refusals that are errors. */
  set(wanted: readonly Address[]): ListenError[] {
    const names = new Set(wanted.map(formatAddress));
    for (const [name, { server }] of this.#open) {
      if (names.has(name)) continue;
      this.#open.delete(name);
      void server.stop();
    }
    return wanted.flatMap((address) => this.#add(address) ?? []);
  }

  /** Accepts no more, and resolves when running requests are answered or the grace is over. */
  async close(graceSeconds: number): Promise<void> {
    const servers = [...this.#open.values()];
    this.#open.clear();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceSeconds * 1000);
    await Promise.race([promise, Promise.all(servers.map(({ server }) => server.stop()))]);
    clearTimeout(timer);
  }

  #add(address: Address): ListenError | undefined {
    const name = formatAddress(address);
    if (this.#open.has(name)) return undefined;
    try {
      const { host, port } = address;
      this.#open.set(name, { host, server: serve(host, port, this.#fetch, this.#tls) });
      return undefined;
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      return address.optional && error.failure === "not ours" ? undefined : error;
    }
  }
}
