import { statfsSync } from "node:fs";
import { normalize } from "node:path";
import type { Hono } from "hono/tiny";
import type { Collector } from "../../exporter/collector.ts";
import type { HostSource } from "../../exporter/collectors/host/source.ts";
import { HOST_COLLECTORS } from "../../exporter/collectors/host/table.ts";
import { ZONE_FILES, zoneReader } from "../../exporter/collectors/host/zone.ts";
import { type ScrapeCollector, Scraper } from "../../exporter/scrape.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { ChangeLog } from "../../log.ts";
import { adjtimex } from "../../runtime/adjtimex.ts";
import { gzip } from "../../runtime/gzip.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { startStatfsWorker } from "../../runtime/statfs.ts";
import type { GuardedEnv } from "../../web/guard.ts";
import { Front, type FrontOptions } from "../shared/front.ts";
import { localApiOf } from "../shared/local-api.ts";
import { AGENT_PORT } from "../shared/ports.ts";
import type { ModeOptions, Service } from "../shared/run.ts";
import { SelfMetrics } from "../shared/self.ts";
import { TailscaledWatch } from "../shared/watch.ts";
import { agentApp } from "./app.ts";
import { findingsOf, logOutcomes, TAILSCALED } from "./problems.ts";
import { merging, proxyOf } from "./proxied.ts";
import { type AgentSettings, COLLECTORS, enabledCollectors } from "./settings.ts";
import { type AgentSource, agentSource } from "./source.ts";

/** What the agent runs with. */
export type AgentOptions = ModeOptions<AgentSettings>;

/** A running agent: its side to the network, which follows tailscaled, and the app that answers there. */
export class Agent implements Service<AgentSettings> {
  readonly #self = new SelfMetrics();
  readonly #front: Front;
  readonly #problems: ChangeLog;
  readonly #mergeProblems: ChangeLog;
  #app: Hono<GuardedEnv>;
  #watch: TailscaledWatch;

  constructor(options: AgentOptions) {
    this.#problems = new ChangeLog(options.log, (subject) => subject !== TAILSCALED);
    this.#mergeProblems = new ChangeLog(options.log);
    const api = localApiOf(options, this.#self);
    this.#front = new Front(() => this.#app, this.#frontOptions(options, api));
    [this.#watch, this.#app] = this.#build(options, api);
    this.#self.setReloadSuccessful(true);
  }

  /** URLs of its root, without the final slash. None while it waits for a certificate. */
  get origins(): string[] {
    return this.#front.origins;
  }

  /**
   * Listens, and follows tailscaled from then on. Resolves with the refusals that keep it from doing its job. A tailscaled
   * that does not answer at once is not waited for: its addresses are added when it does.
   */
  async start(): Promise<ListenError[]> {
    const refused = await this.#front.start();
    if (refused.length > 0) return refused;
    this.#watch.start();
    return [];
  }

  /**
   * Goes on with other settings. Connections and counters stay.
   *
   * @throws {ListenError | WebConfigError} If they cannot be used. Then nothing has changed.
   */
  async reload(options: AgentOptions): Promise<void> {
    const api = localApiOf(options, this.#self);
    await this.#front.change(this.#frontOptions(options, api)); // throws before anything has changed
    this.#watch.stop();
    [this.#watch, this.#app] = this.#build(options, api);
    this.#self.setReloadSuccessful(true);
    await this.#front.follow();
    this.#watch.start();
  }

  /** Tells in the metrics that new settings were refused. */
  reloadFailed(): void {
    this.#self.setReloadSuccessful(false);
  }

  /** Accepts no more, and finishes what is under way. */
  async stop(): Promise<void> {
    this.#watch.stop();
    await this.#front.close();
  }

  #frontOptions({ settings, webConfig, log }: AgentOptions, api: LocalApi): FrontOptions {
    const listen = settings["web.listen-address"] ?? settings["web.listen"];
    const countDenied = (reason: string) => this.#self.countDenied(reason);
    return { settings: { ...settings, "web.listen": listen }, webConfig, port: AGENT_PORT, api, countDenied, log };
  }

  #build({ settings, given, env, log }: AgentOptions, api: LocalApi): [TailscaledWatch, Hono<GuardedEnv>] {
    const watch = new TailscaledWatch(api, () => this.#front.follow());
    const host = hostParts(settings, env);
    const scraper = new Scraper(collectorsOf(settings, enabledCollectors(settings, given)), (signal) =>
      agentSource({ api, host, warnings: () => watch.warnings }, signal),
    );
    const proxy = proxyOf(settings, (...ended) => this.#self.countProxied(...ended));
    const app = agentApp({
      scraper,
      self: this.#self,
      guard: this.#front.guard,
      proxy,
      webConfig: this.#front.webConfig,
      readOthers: merging(settings, proxy, this.#mergeProblems),
      nodeId: () => this.#front.tailscale?.Self.ID,
      metricsPath: settings["web.telemetry-path"],
      ownSamples: () => this.#self.samples(settings["web.disable-exporter-metrics"]),
      timeoutSeconds: settings["scrape.timeout"],
      maxRequests: settings["web.max-requests"],
      gzip,
      report: (outcomes) => {
        logOutcomes(log, outcomes);
        const { problems, well } = findingsOf(outcomes);
        this.#problems.report(problems, (subject) => well.has(subject));
      },
      obstacle: () => obstacleOf(api),
    });
    return [watch, app];
  }
}

function hostParts(settings: AgentSettings, env: AgentOptions["env"]): Omit<HostSource, "signal" | "procStat"> {
  return {
    paths: {
      procfs: clean(settings["path.procfs"]),
      sysfs: clean(settings["path.sysfs"]),
      rootfs: clean(settings["path.rootfs"]),
      udevData: clean(settings["path.udev.data"]),
    },
    ownPaths: { procfs: "/proc", sysfs: "/sys" },
    now: Date.now,
    zoneAt: zoneReader(env.TZ, ZONE_FILES),
    statfs: statfsSync,
    startStatfsWorker,
    adjtimex,
  };
}

/** A path in its shortest form, because rapl has it in a label. */
function clean(path: string): string {
  return normalize(path).replace(/(?<=.)\/$/, "");
}

function collectorsOf(settings: AgentSettings, enabled: ReadonlySet<string>): ScrapeCollector<AgentSource>[] {
  const hostNames = new Set<string>(HOST_COLLECTORS.filter((row) => !("isOwn" in row)).map(({ name }) => name));
  // What the collector cpu exports depends on whether this one runs.
  const inForce = { ...settings, "collector.cpufreq": enabled.has("cpufreq") };
  return COLLECTORS.filter(({ name }) => enabled.has(name)).map(({ name, create }) => {
    const collector = (create as (settings: AgentSettings) => Collector<AgentSource>)(inForce);
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
