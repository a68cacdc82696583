import { statfsSync } from "node:fs";
import type { Hono } from "hono";
import type { Collector } from "../../exporter/collector.ts";
import type { HostSource } from "../../exporter/collectors/host/source.ts";
import { HOST_COLLECTORS } from "../../exporter/collectors/host/table.ts";
import { ZONE_FILES, zoneReader } from "../../exporter/collectors/host/zone.ts";
import { type ScrapeCollector, Scraper } from "../../exporter/scrape.ts";
import { LocalApi } from "../../localapi/client.ts";
import { findTailscaled, systemProbe } from "../../localapi/socket.ts";
import { ChangeLog } from "../../log.ts";
import { gzip } from "../../runtime/gzip.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { startStatfsWorker } from "../../runtime/statfs.ts";
import { FollowingListeners, type Wanted } from "../shared/following-listeners.ts";
import type { ModeOptions, Service } from "../shared/run.ts";
import { SelfMetrics } from "../shared/self.ts";
import { pause, TailscaledWatch } from "../shared/watch.ts";
import { agentApp } from "./app.ts";
import { findingsOf } from "./problems.ts";
import { AGENT_PORT, type AgentSettings, COLLECTORS, enabledCollectors } from "./settings.ts";
import { type AgentSource, agentSource } from "./source.ts";

/** What the agent runs with. */
export type AgentOptions = ModeOptions<AgentSettings>;

/** How long running requests may take after the agent is asked to stop, in seconds. */
const GRACE_SECONDS = 5;

/** How long the start waits for tailscaled's addresses, in seconds. */
const PATIENCE_SECONDS = 0.5;

/** A running agent: its listeners, which follow tailscaled, and the app that answers on them. */
export class Agent implements Service<AgentSettings> {
  readonly #self = new SelfMetrics();
  readonly #listeners: FollowingListeners;
  readonly #problems: ChangeLog;
  #app: Hono;
  #api: LocalApi;
  #watch: TailscaledWatch;

  constructor(options: AgentOptions) {
    this.#problems = new ChangeLog(options.log);
    [this.#api, this.#watch, this.#app] = this.#build(options);
    const fetch = (request: Request) => this.#app.fetch(request);
    this.#listeners = new FollowingListeners(fetch, options.log, this.#wanted(options.settings));
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
    const refused = this.#listeners.open();
    if (refused.length > 0) return refused;
    const first = this.#listeners.follow();
    await Promise.race([first, pause(PATIENCE_SECONDS)]);
    this.#watch.start();
    return [];
  }

  /** Goes on with other settings. Connections and counters stay. */
  async reload(options: AgentOptions): Promise<void> {
    this.#watch.stop();
    [this.#api, this.#watch, this.#app] = this.#build(options);
    this.#listeners.change(this.#wanted(options.settings));
    this.#self.setReloadSuccessful(true);
    await this.#listeners.follow();
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
    const watch = new TailscaledWatch(api, () => this.#listeners.follow());
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

  #wanted(settings: AgentSettings): Wanted {
    return { listen: settings["web.listen-address"] ?? settings["web.listen"], port: AGENT_PORT, api: this.#api };
  }
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
