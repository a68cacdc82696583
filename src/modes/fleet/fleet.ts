import process from "node:process";
import type { Hono } from "hono";
import { globMatches } from "../../discovery/glob.ts";
import { LocalApi } from "../../localapi/client.ts";
import { findTailscaled, systemProbe } from "../../localapi/socket.ts";
import { gzipAnySize } from "../../runtime/gzip.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { FollowingListeners, type Wanted } from "../shared/following-listeners.ts";
import type { ModeOptions, Service } from "../shared/run.ts";
import { SelfMetrics } from "../shared/self.ts";
import { pause, TailscaledWatch } from "../shared/watch.ts";
import { fleetApp } from "./app.ts";
import { Engine } from "./engine.ts";
import { Exposer } from "./exposer.ts";
import { FleetMetrics } from "./self.ts";
import { FLEET_PORT, type FleetSettings } from "./settings.ts";

/** What fleet runs with. */
export type FleetOptions = ModeOptions<FleetSettings>;

/** How long running requests may take after fleet is asked to stop, in seconds. */
const GRACE_SECONDS = 5;
/** How long the start waits for tailscaled's addresses, in seconds. */
const PATIENCE_SECONDS = 0.5;

/** How long a reload waits for every part's first answer, in seconds. */
const SETTLE_SECONDS = 30;

/** What one set of settings makes. */
interface Parts {
  readonly wanted: Wanted;
  readonly engine: Engine;
  readonly watch: TailscaledWatch;
  readonly app: Hono;
}

/** A running fleet: its listeners, which follow tailscaled, and what answers on them. */
export class Fleet implements Service<FleetSettings> {
  readonly #self = new SelfMetrics();
  readonly #metrics = new FleetMetrics();
  readonly #listeners: FollowingListeners;
  #parts: Parts;

  constructor(options: FleetOptions) {
    this.#parts = this.#build(options);
    const fetch = (request: Request) => this.#parts.app.fetch(request);
    this.#listeners = new FollowingListeners(fetch, options.log, this.#parts.wanted);
    this.#self.setReloadSuccessful(true);
  }

  /** Where it answers, as `host:port`. */
  get addresses(): string[] {
    return this.#listeners.addresses;
  }

  /** Listens, and follows its sources from then on. Waits for none of them. */
  async start(): Promise<ListenError[]> {
    const refused = this.#listeners.open();
    if (refused.length > 0) return refused;
    await Promise.race([this.#listeners.follow(), pause(PATIENCE_SECONDS)]);
    this.#run();
    return [];
  }

  /** Goes on with other settings. What is known is served until it is known anew, or is not to be had. */
  async reload(options: FleetOptions): Promise<void> {
    await this.#halt();
    const parts = this.#build(options);
    parts.engine.run();
    await parts.engine.settled(SETTLE_SECONDS);
    this.#parts = parts;
    this.#listeners.change(parts.wanted);
    this.#self.setReloadSuccessful(true);
    await this.#listeners.follow();
    parts.watch.start();
  }

  /** Tells in the metrics that new settings were refused. */
  reloadFailed(): void {
    this.#self.setReloadSuccessful(false);
  }

  /** Accepts no more, and finishes what is under way. */
  async stop(): Promise<void> {
    await this.#halt();
    await this.#listeners.close(GRACE_SECONDS);
  }

  #run(): void {
    this.#parts.engine.run();
    this.#parts.watch.start();
  }

  async #halt(): Promise<void> {
    this.#parts.watch.stop();
    await this.#parts.engine.halt();
  }

  #build({ settings, env, platform, log }: FleetOptions): Parts {
    const api = new LocalApi({
      address: () => findTailscaled({ socket: settings.socket, env, platform, probe: systemProbe }),
      observe: (call) => this.#self.countCall(call),
    });
    const engine = new Engine({ settings, env, api, metrics: this.#metrics, log, onChange: () => exposer.changed() });
    const watch = new TailscaledWatch(api, () => this.#listeners.follow());
    const exposer = new Exposer({
      devicesLimit: settings["metrics.devices-limit"],
      routesLimit: settings["metrics.routes-limit"],
      compat: settings.compat,
      isExcluded: (name) => settings["metrics.exclude"].some((glob) => globMatches(glob, name)),
      tsmetrics: () => ({
        errors: this.#metrics.failures,
        deviceErrors: (id) => engine.deviceErrors(id),
        refreshes: this.#metrics.refreshes.count,
        refreshSeconds: this.#metrics.refreshes.seconds,
        savedRequests: this.#metrics.refreshes.savedRequests,
        residentBytes: process.memoryUsage.rss(),
      }),
      snapshot: () => engine.snapshot,
      ownSamples: async (omitted) => [...(await this.#self.samples(false)), ...(await this.#metrics.samples(omitted))],
      gzip: gzipAnySize,
    });
    const app = fleetApp({
      exposer,
      self: this.#self,
      snapshot: () => engine.snapshot,
      requests: () => this.#metrics.requests,
      obstacle: () => engine.obstacle,
    });
    return { wanted: { listen: settings["web.listen"], port: FLEET_PORT, api }, engine, watch, app };
  }
}
