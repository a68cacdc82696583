import process from "node:process";
import type { Hono } from "hono/tiny";
import { globMatches } from "../../discovery/glob.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { gzipPieces } from "../../runtime/gzip.ts";
import type { ListenError } from "../../runtime/serve.ts";
import type { GuardedEnv } from "../../web/guard.ts";
import { Front, type FrontOptions } from "../shared/front.ts";
import { localApiOf } from "../shared/local-api.ts";
import { FLEET_PORT } from "../shared/ports.ts";
import type { ModeOptions, Service } from "../shared/run.ts";
import { SelfMetrics } from "../shared/self.ts";
import { TailscaledWatch } from "../shared/watch.ts";
import { fleetApp } from "./app.ts";
import { Engine } from "./engine.ts";
import { Exposer } from "./exposer.ts";
import { FleetMetrics } from "./self.ts";
import type { FleetSettings } from "./settings.ts";

/** What fleet runs with. */
export type FleetOptions = ModeOptions<FleetSettings>;

/** How long a reload waits for every part's first answer, in seconds. */
const SETTLE_SECONDS = 30;

/** What one set of settings makes. */
interface Parts {
  readonly engine: Engine;
  readonly watch: TailscaledWatch;
  readonly app: Hono<GuardedEnv>;
}

/** A running fleet: its listeners, which follow tailscaled, and what answers on them. */
export class Fleet implements Service<FleetSettings> {
  readonly #self = new SelfMetrics();
  readonly #metrics = new FleetMetrics();
  readonly #front: Front;
  #parts: Parts;

  constructor(options: FleetOptions) {
    const api = localApiOf(options, this.#self);
    this.#front = new Front(() => this.#parts.app, this.#frontOptions(options, api));
    this.#parts = this.#build(options, api);
    this.#self.setReloadSuccessful(true);
  }

  /** URLs of its root, without the final slash. None while it waits for a certificate. */
  get origins(): string[] {
    return this.#front.origins;
  }

  /** Listens, and follows its sources from then on. Waits for none of them. */
  async start(): Promise<ListenError[]> {
    const refused = await this.#front.start();
    if (refused.length > 0) return refused;
    this.#parts.engine.run();
    this.#parts.watch.start();
    return [];
  }

  /** Goes on with other settings. What is known is served until it is known anew, or is not to be had. */
  async reload(options: FleetOptions): Promise<void> {
    const api = localApiOf(options, this.#self);
    await this.#front.change(this.#frontOptions(options, api)); // throws before anything has changed
    await this.#halt();
    const parts = this.#build(options, api);
    parts.engine.run();
    await parts.engine.settled(SETTLE_SECONDS);
    this.#parts = parts;
    this.#self.setReloadSuccessful(true);
    await this.#front.follow();
    parts.watch.start();
  }

  /** Tells in the metrics that new settings were refused. */
  reloadFailed(): void {
    this.#self.setReloadSuccessful(false);
  }

  /** Accepts no more, and finishes what is under way. */
  async stop(): Promise<void> {
    await this.#halt();
    await this.#front.close();
  }

  async #halt(): Promise<void> {
    this.#parts.watch.stop();
    await this.#parts.engine.halt();
  }

  #frontOptions({ settings, webConfig, log }: FleetOptions, api: LocalApi): FrontOptions {
    const countDenied = (reason: string) => this.#self.countDenied(reason);
    return { settings, webConfig, port: FLEET_PORT, api, countDenied, log };
  }

  #build({ settings, env, log }: FleetOptions, api: LocalApi): Parts {
    const engine = new Engine({ settings, env, api, metrics: this.#metrics, log, onChange: () => exposer.changed() });
    const watch = new TailscaledWatch(api, () => this.#front.follow());
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
        refreshesWithin: this.#metrics.refreshes.within,
        savedRequests: this.#metrics.refreshes.savedRequests,
        residentBytes: process.memoryUsage.rss(),
      }),
      snapshot: () => engine.snapshot,
      ownSamples: async (omitted) => [...(await this.#self.samples(false)), ...(await this.#metrics.samples(omitted))],
      gzip: gzipPieces,
    });
    const app = fleetApp({
      guard: this.#front.guard,
      webConfig: this.#front.webConfig,
      exposer,
      self: this.#self,
      snapshot: () => engine.snapshot,
      requests: () => this.#metrics.requests,
      obstacle: () => engine.obstacle,
    });
    return { engine, watch, app };
  }
}
