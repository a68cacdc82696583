import type { Hono } from "hono/tiny";
import type { ListenAddress } from "../../config/address.ts";
import type { LocalApi } from "../../localapi/client.ts";
import type { Status } from "../../localapi/schema.ts";
import { ChangeLog, type Log } from "../../log.ts";
import type { ListenError, Tls } from "../../runtime/serve.ts";
import { autoAddresses } from "../../web/addresses.ts";
import type { Guard, GuardedEnv } from "../../web/guard.ts";
import { type Address, Listeners } from "../../web/listeners.ts";
import type { Protection } from "../../web/protect.ts";
import type { Rule } from "../../web/rules.ts";
import type { WebConfigFile } from "../../web/web-config-file.ts";
import { guardOf } from "./access.ts";
import { TailscaleCertificate } from "./certificate.ts";
import { pause } from "./pause.ts";

/** How long running requests may take after the mode is asked to stop, in seconds. */
const GRACE_SECONDS = 5;

/** How long the start waits for tailscaled's addresses, in seconds. */
const PATIENCE_SECONDS = 0.5;

/** What reads web configuration files, loaded for those who have one. */
export type WebConfigModule = typeof import("../../web/web-config-file.ts");

/** Settings of where a mode listens and whom it answers. */
export interface FrontSettings {
  readonly "web.listen": readonly ListenAddress[];
  readonly "web.allow": readonly Rule[];
  readonly "web.trust-serve": boolean;
  readonly "web.config.file"?: string | undefined;
  readonly "web.tls"?: "tailscale" | undefined;
}

/** What a {@linkcode Front} is made of. */
export interface FrontOptions {
  readonly settings: FrontSettings;
  readonly webConfig: WebConfigModule | undefined;
  /** The mode's own port. */
  readonly port: number;
  readonly api: LocalApi;
  /** Counts a refused request. */
  readonly countDenied: (reason: string) => void;
  readonly log: Log;
}

/** A mode's side to the network: servers on the addresses of the settings, which follow tailscaled's, and who may call. */
export class Front implements Protection {
  readonly #listeners: Listeners;
  readonly #listenProblems: ChangeLog;
  readonly #certificateProblems: ChangeLog;
  #options: FrontOptions;
  #guard: Guard;
  #webConfig: WebConfigFile | undefined;
  #certificate: TailscaleCertificate | undefined;
  #tailscale: Status | undefined;
  #refreshing: Promise<ListenError[]> | undefined;
  #stale = false;

  /**
   * @param app What answers; asked anew at each request.
   * @throws {WebConfigError} If the web configuration file cannot be used.
   */
  constructor(app: () => Hono<GuardedEnv>, options: FrontOptions) {
    this.#listeners = new Listeners((request, remote) =>
      app().fetch(request, { remote, arrivedMs: performance.now() }),
    );
    this.#listenProblems = new ChangeLog(options.log);
    this.#certificateProblems = new ChangeLog(options.log);
    this.#options = options;
    this.#webConfig = this.#openWebConfig(options);
    this.#guard = this.#guardOf(options);
    this.#certificate = this.#certificateOf(options);
  }

  get guard(): Guard {
    return this.#guard;
  }

  readonly webConfig = () => this.#webConfig?.current;

  /** URLs of the root, without the final slash. None while it waits for a certificate. */
  get origins(): string[] {
    const scheme = this.#tls === undefined ? "http" : "https";
    return this.#listeners.addresses.map((address) => `${scheme}://${address}`);
  }

  /** What tailscaled last said of itself; undefined before it did. */
  get tailscale(): Status | undefined {
    return this.#tailscale;
  }

  /**
   * Listens, and follows tailscaled once. Resolves with the refusals that are errors. A tailscaled that does not answer at
   * once is not waited for: its addresses are added when it does.
   */
  async start(): Promise<ListenError[]> {
    const refused = await this.#listen();
    if (refused.length === 0) await Promise.race([this.follow(), pause(PATIENCE_SECONDS)]);
    return refused;
  }

  /**
   * Goes on with other settings, as far as tailscaled's addresses go at the next {@linkcode follow}.
   *
   * @throws {WebConfigError | ListenError} If the web configuration file or an address cannot be used. Then nothing has changed.
   */
  async change(options: FrontOptions): Promise<void> {
    const webConfig = this.#openWebConfig(options);
    const isFromTailscaled = options.settings["web.tls"] !== undefined;
    const tls = isFromTailscaled ? this.#certificate?.tls : webConfig?.current.tls;
    // Where TLS comes, goes or changes every server is closed in any case, and what is refused then is only logged.
    const isSameTls = JSON.stringify(tls) === JSON.stringify(this.#tls) && (tls !== undefined || !isFromTailscaled);
    if (isSameTls) {
      const [refused] = await this.#listeners.replace(wantedAddresses(options, this.#tailscale));
      if (refused) throw refused;
    }
    this.#webConfig = webConfig;
    this.#options = options;
    this.#guard = this.#guardOf(options);
    this.#certificate = this.#certificateOf(options);
  }

  /** Brings the servers in line with tailscaled's addresses, and logs what is refused once. */
  async follow(): Promise<void> {
    const refused = await this.#refresh();
    this.#listenProblems.report(new Map(refused.map(({ address, message }) => [address, message])));
  }

  /** Accepts no more, and resolves when running requests are answered or the grace is over. */
  async close(): Promise<void> {
    await this.#listeners.close(GRACE_SECONDS);
  }

  get #tls(): Tls | undefined {
    return this.#certificate ? this.#certificate.tls : this.#webConfig?.current.tls;
  }

  #guardOf({ settings, api, countDenied, log }: FrontOptions): Guard {
    return guardOf({
      api,
      rules: settings["web.allow"],
      trustsServe: settings["web.trust-serve"],
      tailscale: () => this.#tailscale,
      count: countDenied,
      log,
    });
  }

  #openWebConfig({ settings, webConfig, log }: FrontOptions): WebConfigFile | undefined {
    const path = settings["web.config.file"];
    if (path === undefined || webConfig === undefined) return undefined;
    const problems = new ChangeLog(log);
    return new webConfig.WebConfigFile(
      path,
      () => void this.follow(),
      (error) => problems.report(new Map(error ? [["web.config.file", error.message]] : [])),
    );
  }

  #certificateOf({ settings, api, log }: FrontOptions): TailscaleCertificate | undefined {
    if (settings["web.tls"] === undefined) return undefined;
    const options = {
      api,
      domain: () => this.#tailscale?.CertDomains?.[0],
      changed: () => void this.follow(),
      problems: this.#certificateProblems,
      log,
    };
    return new TailscaleCertificate(options, this.#certificate);
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
      this.#tailscale = await this.#options.api.statusWithoutPeers().catch(() => this.#tailscale);
      void this.#certificate?.refresh();
      refused = await this.#listen();
    }
    return refused;
  }

  async #listen(): Promise<ListenError[]> {
    const tls = this.#tls;
    if (this.#certificate && !tls) return []; // never without the TLS that was asked for
    await this.#listeners.secure(tls);
    return this.#listeners.set(wantedAddresses(this.#options, this.#tailscale));
  }
}

/** The addresses of the settings, with `auto` resolved. */
function wantedAddresses({ settings, port: own }: FrontOptions, tailscale: Status | undefined): Address[] {
  return settings["web.listen"].flatMap(({ host, port = own }) =>
    host === "auto" ? autoAddresses(port, tailscale) : [{ host, port }],
  );
}
