import type { ListenAddress } from "../../config/address.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { ChangeLog, type Log } from "../../log.ts";
import type { Fetch, ListenError } from "../../runtime/serve.ts";
import { autoAddresses, type TailscaleAddresses } from "../../web/addresses.ts";
import { type Address, Listeners } from "../../web/listeners.ts";

/** Where a mode wants to be reached, and whom it asks for the addresses that `auto` stands for. */
export interface Wanted {
  readonly listen: readonly ListenAddress[];
  /** The mode's own port. */
  readonly port: number;
  readonly api: LocalApi;
}

/** Servers on the addresses of the settings, which follow tailscaled's. */
export class FollowingListeners {
  readonly #listeners: Listeners;
  readonly #problems: ChangeLog;
  #wanted: Wanted;
  #tailscale: TailscaleAddresses | undefined;
  #refreshing: Promise<ListenError[]> | undefined;
  #stale = false;

  constructor(fetch: Fetch, log: Log, wanted: Wanted) {
    this.#listeners = new Listeners(fetch);
    this.#problems = new ChangeLog(log);
    this.#wanted = wanted;
  }

  /** Where it answers, as `host:port`. */
  get addresses(): string[] {
    return this.#listeners.addresses;
  }

  /** What tailscaled last said of itself; undefined before it did. */
  get tailscale(): TailscaleAddresses | undefined {
    return this.#tailscale;
  }

  /** Listens where that takes no tailscaled. Returns the refusals that are errors. */
  open(): ListenError[] {
    return this.#listeners.set(wantedAddresses(this.#wanted, undefined));
  }

  /** Goes on with other settings, at the next {@linkcode follow}. */
  change(wanted: Wanted): void {
    this.#wanted = wanted;
  }

  /** Brings the servers in line with tailscaled's addresses, and logs what is refused once. */
  async follow(): Promise<void> {
    const refused = await this.#refresh();
    this.#problems.report(new Map(refused.map(({ address, message }) => [address, message])));
  }

  /** Accepts no more, and resolves when running requests are answered or the grace is over. */
  async close(graceSeconds: number): Promise<void> {
    await this.#listeners.close(graceSeconds);
  }

  /** One look at a time; a hint that comes meanwhile leads to one more. */
  #refresh(): Promise<ListenError[]> {
    this.#stale = true;
    this.#refreshing ??= this.#refreshWhileStale().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshWhileStale(): Promise<ListenError[]> {
    let refused: ListenError[] = [];
    while (this.#stale) {
      this.#stale = false;
      // A tailscaled that does not answer leaves the addresses as they were: it may just be restarting.
      this.#tailscale = await this.#wanted.api.statusWithoutPeers().catch(() => this.#tailscale);
      refused = this.#listeners.set(wantedAddresses(this.#wanted, this.#tailscale));
    }
    return refused;
  }
}

/** The addresses of the settings, with `auto` resolved. */
function wantedAddresses({ listen, port: own }: Wanted, tailscale: TailscaleAddresses | undefined): Address[] {
  return listen.flatMap(({ host, port = own }) =>
    host === "auto" ? autoAddresses(port, tailscale) : [{ host, port }],
  );
}
