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

/** How long an address may take to be free again, in seconds. */
const CLOSE_SECONDS = 1;

function portOf(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

interface Open {
  readonly address: Address;
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
    return [...this.#open.values()].map(({ address, server }) => formatAddress({ ...address, port: server.port }));
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
    return this.#addAll(wanted);
  }

  /** As {@linkcode set}, but with a refusal everything stays as it was. */
  async replace(wanted: readonly Address[]): Promise<ListenError[]> {
    const before = [...this.#open.values()].map(({ address }) => address);
    const names = new Set(wanted.map(formatAddress));
    // Our own 127.0.0.1:9100 is in the way of 0.0.0.0:9100.
    const inTheWay = (port: string) =>
      [...this.#open.keys()].filter((name) => !names.has(name) && portOf(name) === port);
    const refused = this.#addAll(wanted);
    const ports = new Set(refused.map(({ address }) => portOf(address)));
    const hopeless = refused.filter(({ address }) => inTheWay(portOf(address)).length === 0);
    if (hopeless.length === 0) {
      await this.#closeAll([...ports].flatMap(inTheWay), CLOSE_SECONDS);
      hopeless.push(...this.set(wanted));
    }
    if (hopeless.length > 0) this.set(before);
    return hopeless;
  }

  /** Accepts no more, and resolves when running requests are answered or the grace is over. */
  async close(graceSeconds: number): Promise<void> {
    await this.#closeAll([...this.#open.keys()], graceSeconds);
  }

  async #closeAll(names: readonly string[], graceSeconds: number): Promise<void> {
    const stopped = names.map((name) => {
      const open = this.#open.get(name);
      this.#open.delete(name);
      return open?.server.stop();
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceSeconds * 1000);
    await Promise.race([promise, Promise.all(stopped)]);
    clearTimeout(timer);
  }

  #addAll(wanted: readonly Address[]): ListenError[] {
    return wanted.flatMap((address) => this.#add(address) ?? []);
  }

  #add(address: Address): ListenError | undefined {
    const name = formatAddress(address);
    if (this.#open.has(name)) return undefined;
    try {
      const { host, port } = address;
      this.#open.set(name, { address, server: serve(host, port, this.#fetch, this.#tls) });
      return undefined;
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      return address.optional && error.failure === "not ours" ? undefined : error;
    }
  }
}
