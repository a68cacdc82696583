import type { SourceName } from "../../discovery/device.ts";
import { type Identities, partOf, type State } from "../../discovery/state.ts";
import { hostOf } from "../../discovery/target.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { ChangeLog, type Log } from "../../log.ts";
import type { TailscaleAddresses } from "../../web/addresses.ts";
import { monotonicSeconds } from "../shared/clock.ts";
import { type Dial, dialDirectly, dialThrough } from "../shared/dial.ts";
import { askAgent } from "./ask.ts";
import { Catalogue } from "./catalogue.ts";
import { HoldLog } from "./hold-log.ts";
import { SourceKeeper } from "./keeper.ts";
import type { Origin } from "./page.ts";
import { pathTo } from "./path-to.ts";
import { Prober } from "./prober.ts";
import { SdFiles } from "./sd-files.ts";
import type { DiscoverMetrics, Facts, SourceFacts } from "./self.ts";
import type { DiscoverSettings } from "./settings.ts";
import type { DeviceSource } from "./source.ts";
import { StateFile } from "./state-file.ts";

/** What an {@linkcode Engine} works with. */
export interface EngineOptions {
  readonly settings: DiscoverSettings;
  readonly sources: readonly DeviceSource[];
  readonly api: LocalApi;
  readonly stateDirectory: string;
  readonly metrics: DiscoverMetrics;
  readonly log: Log;
  /** What tailscaled last said of itself; undefined before it did. */
  readonly tailscale: () => TailscaleAddresses | undefined;
}

/** Between two questions to a known agent, in seconds. */
const AGENT_INTERVAL_SECONDS = 30;
/** Questions to agents: without an answer yet, and a second in the long run. */
const PROBES = { concurrency: 256, steadyPerSecond: 10 };

/** Sources, agents, disk and files, and the lists that come of them. */
export class Engine {
  readonly catalogue: Catalogue;
  readonly #options: EngineOptions;
  readonly #keepers: readonly SourceKeeper[];
  readonly #prober: Prober;
  readonly #state: StateFile;
  readonly #files: SdFiles;
  readonly #problems: ChangeLog;
  readonly #holds: HoldLog;
  readonly #dialThrough: Dial;
  readonly #fileOutcomes = new Map<string, boolean>();
  #wasUserspace: boolean | undefined;
  #rebuilding: ReturnType<typeof setTimeout> | undefined;
  #haveDevicesChanged = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: EngineOptions) {
    const { settings, sources, api, stateDirectory, metrics, log } = options;
    this.#options = options;
    this.#problems = new ChangeLog(log);
    this.#holds = new HoldLog(log);
    this.#dialThrough = dialThrough(api);
    this.#state = new StateFile(stateDirectory, log);
    this.#files = new SdFiles(settings["file-sd"]);
    const onPoll = (keeper: SourceKeeper, hasChanged: boolean) => this.#onPoll(keeper, hasChanged);
    const holdSeconds = settings["sd.shrink-guard"];
    this.#keepers = sources.map((source) => new SourceKeeper(source, { holdSeconds, onPoll }));
    this.#prober = new Prober({
      budget: {
        intervalSeconds: settings.refresh ?? AGENT_INTERVAL_SECONDS,
        perSecond: settings["agent.rate"],
        ...PROBES,
      },
      ask: async (device, isNew, signal) => {
        const host = hostOf(device, "ipv4");
        if (host === undefined) throw new Error("it has no address that is valid");
        if (isNew) await pathTo(api, host, signal);
        return askAgent(this.dial, host, settings["agent.port"], signal);
      },
      onChange: () => this.#rebuildSoon(false),
      onAsked: (outcome) => metrics.countAsked(outcome),
    });
    const isVia = () => this.#isVia;
    this.catalogue = new Catalogue({ settings, keepers: this.#keepers, prober: this.#prober, isVia });
  }

  /** Connects to a host of the tailnet: through tailscaled where it has no network interface. */
  readonly dial: Dial = (host, port, signal) => {
    return this.#isVia || this.#isUserspace ? this.#dialThrough(host, port, signal) : dialDirectly(host, port, signal);
  };

  /** Takes over what another engine knew, or without one what an earlier run left on disk. */
  restore(other?: Engine): void {
    const kept = this.#state.read();
    const whole = other === undefined ? kept : other.#stateNow();
    if (whole === undefined) return;
    const state = partOf(whole, this.#identities);
    this.#wasUserspace = state.isUserspace;
    this.#prober.restore(state.agents);
    for (const keeper of this.#keepers) {
      const devices = state.sources[keeper.name];
      if (devices) keeper.restore(devices, state.savedSeconds);
      else if (whole.sources[keeper.name]) {
        this.#options.log.info("The last good list is of another tailnet", { source: keeper.name });
      }
    }
    if (this.#keepers.some(({ devices }) => devices === undefined)) return;
    this.catalogue.settle();
    this.catalogue.rebuild(true, monotonicSeconds());
    if (other !== undefined) return;
    const count = this.catalogue.targets?.length ?? 0;
    const ageSeconds = Math.max(0, Math.round(Date.now() / 1000 - state.savedSeconds));
    this.#options.log.info("Serving the list of an earlier run until there is a new one", {
      targets: count,
      ageSeconds,
    });
  }

  /** Follows the sources and the agents until {@linkcode halt}. */
  run(): void {
    this.#running = Promise.all(this.#keepers.map((keeper) => keeper.run()));
  }

  /** Stops, and keeps on disk what is not there yet. */
  async halt(): Promise<void> {
    clearTimeout(this.#rebuilding);
    for (const keeper of this.#keepers) keeper.stop();
    this.#prober.stop();
    await this.#running;
    await this.#state.close(this.catalogue.targets && this.#stateNow());
  }

  /** Tells that asking tailscaled is worth it. */
  hint(): void {
    for (const keeper of this.#keepers) if (keeper.name === "local") keeper.hint();
  }

  /** Takes note that tailscaled has told of itself: with or without a network interface, targets have other addresses. */
  notice(): void {
    if (this.#isVia !== this.catalogue.isBuiltVia) this.#rebuildSoon(false);
  }

  /** Age of the oldest list in use, in seconds. */
  get ageSeconds(): number {
    return Date.now() / 1000 - this.#oldestSeconds;
  }

  /** What there is to tell of each source. */
  get sources(): (SourceFacts & { readonly error: string | undefined })[] {
    return this.#keepers.map(({ name, devices, heldBackIds, lastSuccessSeconds, error }) => ({
      name,
      devices: devices?.length,
      heldBack: heldBackIds.size,
      lastSuccessSeconds,
      isWell: error === undefined && lastSuccessSeconds !== undefined,
      error,
    }));
  }

  /** Which source told of each device, by the device's id. */
  get origins(): Map<string, Origin> {
    const origins = new Map<string, Origin>();
    for (const [index, { devices = [], heldBackIds }] of this.#keepers.entries()) {
      const source = this.sources[index]!;
      for (const { id } of devices) {
        // As in the merged list, the first source wins; one that still lists it is worth more than one that does not.
        if (origins.get(id)?.isHeldBack ?? true) origins.set(id, { source, isHeldBack: heldBackIds.has(id) });
      }
    }
    return origins;
  }

  /** Facts for the metrics. */
  get facts(): Facts {
    return {
      targets: this.catalogue.targets?.length,
      agents: this.#prober.agents.size,
      heldBackTargets: this.catalogue.heldBackTargets,
      isStateWell: this.#state.problem === undefined,
      files: this.#fileOutcomes,
      sources: this.sources,
    };
  }

  get #isUserspace(): boolean {
    const tun = this.#options.tailscale()?.TUN;
    return tun === undefined ? (this.#wasUserspace ?? false) : !tun;
  }

  get #isVia(): boolean {
    const { via } = this.#options.settings;
    return via === "always" || (via === "auto" && this.#isUserspace);
  }

  #onPoll(keeper: SourceKeeper, hasChanged: boolean): void {
    const { metrics, log } = this.#options;
    const { name, error, heldBackIds, dropped } = keeper;
    metrics.countPoll(name, error === undefined);
    this.#problems.report(new Map(error === undefined ? [] : [[name, error]]), (subject) => subject === name);
    this.#holds.report(`${name} devices`, "devices", { heldBack: heldBackIds.size, dropped });
    log.debug("Asked", { source: name, devices: keeper.devices?.length ?? 0, changed: hasChanged });
    // Before the first whole list, and for what is held back, also for the time that has passed.
    const isTimeDue = this.catalogue.targets === undefined || this.catalogue.hold.heldBack > 0;
    if (hasChanged || isTimeDue) this.#rebuildSoon(hasChanged);
    else void this.#publish();
  }

  /** In a moment, so that what changes together makes one list. */
  #rebuildSoon(haveDevicesChanged: boolean): void {
    this.#haveDevicesChanged ||= haveDevicesChanged;
    this.#rebuilding ??= setTimeout(() => {
      this.#rebuilding = undefined;
      this.catalogue.rebuild(this.#haveDevicesChanged, monotonicSeconds());
      this.#haveDevicesChanged = false;
      this.#holds.report("agents", "exporters", this.catalogue.hold);
      this.#options.metrics.countChange();
      // What is not whole would be taken for it after the next start.
      if (this.catalogue.targets) this.#state.saveSoon(() => this.#stateNow());
      void this.#publish();
    }, SETTLE_MS);
  }

  /** Brings the files in line with the lists. */
  async #publish(): Promise<void> {
    const { answers } = this.catalogue;
    if (typeof answers === "string") return;
    if (this.#state.problem !== undefined) this.#state.saveSoon(() => this.#stateNow());
    const outcomes = await this.#files.set(answers);
    const problems = new Map<string, string>();
    for (const [path, code] of outcomes) {
      this.#fileOutcomes.set(path, code === undefined);
      if (code !== undefined) problems.set(path, `Cannot write the file for Prometheus: ${code}`);
    }
    this.#problems.report(problems, (subject) => outcomes.has(subject));
  }

  /** When a source gave the oldest list in use, in seconds of Unix time. */
  get #oldestSeconds(): number {
    return Math.min(...this.#keepers.flatMap(({ lastSuccessSeconds }) => lastSuccessSeconds ?? []));
  }

  get #identities(): Identities {
    return Object.fromEntries(this.#keepers.map(({ name, identity }) => [name, identity]));
  }

  #stateNow(): State {
    const lists = this.#keepers.flatMap(({ name, devices }): [SourceName, State["sources"][SourceName]][] =>
      devices === undefined ? [] : [[name, devices]],
    );
    return {
      savedSeconds: this.#oldestSeconds,
      sources: Object.fromEntries(lists),
      identities: this.#identities,
      isUserspace: this.#isUserspace,
      agents: this.catalogue.agents,
    };
  }
}

/** What changes within it makes one list, in milliseconds. */
const SETTLE_MS = 20;
