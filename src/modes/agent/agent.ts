import { statfsSync } from "node:fs";
import type { Hono } from "hono";
import type { Collector } from "../../exporter/collector.ts";
import type { HostSource } from "../../exporter/collectors/host/source.ts";
import { HOST_COLLECTORS } from "../../exporter/collectors/host/table.ts";
import { ZONE_FILES, zoneReader } from "../../exporter/collectors/host/zone.ts";
import { type ScrapeCollector, Scraper } from "../../exporter/scrape.ts";
import { LocalApi } from "../../localapi/client.ts";
import { findTailscaled, systemProbe } from "../../localapi/socket.ts";
import { ChangeLog, type Log } from "../../log.ts";
import { gzip } from "../../runtime/gzip.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { startStatfsWorker } from "../../runtime/statfs.ts";
import { autoAddresses, type TailscaleAddresses } from "../../web/addresses.ts";
import { type Address, Listeners } from "../../web/listeners.ts";
import { agentApp } from "./app.ts";
import { findingsOf } from "./problems.ts";
import { SelfMetrics } from "./self.ts";
import { AGENT_PORT, type AgentSettings, COLLECTORS, enabledCollectors } from "./settings.ts";
import { type AgentSource, agentSource } from "./source.ts";
import { pause, TailscaledWatch } from "./watch.ts";

/** What the agent runs with. */
export interface AgentOptions {
  readonly settings: AgentSettings;
  /** Keys of the settings that the user gave. */
  readonly given: ReadonlyMap<string, unknown>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly log: Log;
}

/** How long running requests may take after the agent is asked to stop, in seconds. */
const GRACE_SECONDS = 5;

/** How long the start waits for tailscaled's addresses, in seconds. */
const PATIENCE_SECONDS = 0.5;

/** A running agent: its listeners, which follow tailscaled, and the app that answers on them. */
export class Agent {
  readonly #self = new SelfMetrics();
  readonly #listeners = new Listeners((request) => this.#app.fetch(request));
  readonly #problems: ChangeLog;
  readonly #listenProblems: ChangeLog;
  #settings: AgentSettings;
  #app: Hono;
  #api: LocalApi;
  #watch: TailscaledWatch;
  #tailscale: TailscaleAddresses | undefined;
  #refreshing: Promise<ListenError[]> | undefined;
  #stale = false;

  constructor(options: AgentOptions) {
    this.#problems = new ChangeLog(options.log);
    this.#listenProblems = new ChangeLog(options.log);
    this.#settings = options.settings;
    [this.#api, this.#watch, this.#app] = this.#build(options);
    this.#self.setReloadSuccessful(true);
  }

  /** Where it answers, as `host:port`. */
  get addresses(): string[] {
    return this.#listeners.addresses;
  }

  /**
   * Listens, and follows tailscaled from then on. Resolves with the refusals that keep it from doing its job. A tailscaled
   * that does not answer at once is not waited for: its addresses are added when it does.
   */
  async start(): Promise<ListenError[]> {
    const refused = this.#listeners.set(wantedAddresses(this.#settings, undefined));
    if (refused.length > 0) return refused;
    const first = this.#followTailscaled();
    await Promise.race([first, pause(PATIENCE_SECONDS)]);
    this.#watch.start();
    return [];
  }

  /**
   * Goes on with other settings. Connections and counters stay.
   *
   * @throws {ListenError} If one of their addresses is refused. Then nothing has changed.
   */
  async reload(options: AgentOptions): Promise<void> {
    const [refused] = await this.#listeners.replace(wantedAddresses(options.settings, this.#tailscale));
    if (refused) throw refused;
    this.#watch.stop();
    this.#settings = options.settings;
    [this.#api, this.#watch, this.#app] = this.#build(options);
    this.#self.setReloadSuccessful(true);
    await this.#followTailscaled();
    this.#watch.start();
  }

  /** Tells in the metrics that new settings were refused. */
  reloadFailed(): void {
    this.#self.setReloadSuccessful(false);
  }

  /** Accepts no more, and finishes what is under way. */
  async stop(): Promise<void> {
    this.#watch.stop();
    await this.#listeners.close(GRACE_SECONDS);
  }

  #build({ settings, given, env, platform }: AgentOptions): [LocalApi, TailscaledWatch, Hono] {
    const api = new LocalApi({
      address: () => findTailscaled({ socket: settings.socket, env, platform, probe: systemProbe }),
      observe: (call) => this.#self.countCall(call),
    });
    const watch = new TailscaledWatch(api, () => this.#followTailscaled());
    const host = hostParts(settings, env);
    const scraper = new Scraper(collectorsOf(settings, enabledCollectors(settings, given)), (signal) =>
      agentSource({ api, host, warnings: () => watch.warnings }, signal),
    );
    const app = agentApp({
      scraper,
      self: this.#self,
      metricsPath: settings["web.telemetry-path"],
      ownSamples: () => this.#self.samples(settings["web.disable-exporter-metrics"]),
      timeoutSeconds: settings["scrape.timeout"],
      maxRequests: settings["web.max-requests"],
      gzip,
      report: (outcomes) => {
        const { problems, well } = findingsOf(outcomes);
        this.#problems.report(problems, (subject) => well.has(subject));
      },
      obstacle: () => obstacleOf(api),
    });
    return [api, watch, app];
  }

  /** Brings the listeners in line with tailscaled's addresses, and logs what is refused once. */
  async #followTailscaled(): Promise<void> {
    const refused = await this.#refresh();
    this.#listenProblems.report(new Map(refused.map(({ address, message }) => [address, message])));
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
      this.#tailscale = await this.#api.statusWithoutPeers().catch(() => this.#tailscale);
      refused = this.#listeners.set(wantedAddresses(this.#settings, this.#tailscale));
    }
    return refused;
  }
}

/** The addresses of the settings, with `auto` resolved. */
function wantedAddresses(settings: AgentSettings, tailscale: TailscaleAddresses | undefined): Address[] {
  const listen = settings["web.listen-address"] ?? settings["web.listen"];
  return listen.flatMap(({ host, port = AGENT_PORT }) =>
    host === "auto" ? autoAddresses(port, tailscale) : [{ host, port }],
  );
}

function hostParts(settings: AgentSettings, env: AgentOptions["env"]): Omit<HostSource, "signal" | "procStat"> {
  return {
    paths: {
      procfs: settings["path.procfs"],
      sysfs: settings["path.sysfs"],
      rootfs: settings["path.rootfs"],
      udevData: settings["path.udev.data"],
    },
    ownPaths: { procfs: "/proc", sysfs: "/sys" },
    now: Date.now,
    zoneAt: zoneReader(env.TZ, ZONE_FILES),
    statfs: statfsSync,
    startStatfsWorker,
  };
}

function collectorsOf(settings: AgentSettings, enabled: ReadonlySet<string>): ScrapeCollector<AgentSource>[] {
  const hostNames = new Set<string>(HOST_COLLECTORS.map(({ name }) => name));
  return COLLECTORS.filter(({ name }) => enabled.has(name)).map(({ name, create }) => {
    const collector = (create as (settings: AgentSettings) => Collector<AgentSource>)(settings);
    return { ...collector, standsInForNodeExporter: hostNames.has(name) };
  });
}

async function obstacleOf(api: LocalApi): Promise<string | undefined> {
  try {
    const { BackendState } = await api.statusWithoutPeers();
    return BackendState === "Running" ? undefined : `tailscaled is in state ${BackendState} (see: tailscale status)`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
