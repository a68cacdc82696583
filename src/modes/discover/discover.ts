import type { Hono } from "hono/tiny";
import type { SourceName } from "../../discovery/device.ts";
import { Scraper } from "../../exporter/scrape.ts";
import { NOTIFY } from "../../localapi/bus.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { gzip } from "../../runtime/gzip.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { BUILD } from "../../version.ts";
import type { GuardedEnv } from "../../web/guard.ts";
import { Front, type FrontOptions } from "../shared/front.ts";
import { localApiOf } from "../shared/local-api.ts";
import { DISCOVER_PORT } from "../shared/ports.ts";
import type { ModeOptions, Service } from "../shared/run.ts";
import { SelfMetrics } from "../shared/self.ts";
import { stateDirectory } from "../shared/state-dir.ts";
import { TailscaledWatch } from "../shared/watch.ts";
import { apiSource, headscaleSource } from "./api-source.ts";
import { discoverApp } from "./app.ts";
import { Engine } from "./engine.ts";
import { localSource } from "./local-source.ts";
import { DiscoverMetrics } from "./self.ts";
import type { DiscoverSettings } from "./settings.ts";
import type { DeviceSource } from "./source.ts";
import { viaHandler } from "./via.ts";

/** What discover runs with. */
export type DiscoverOptions = ModeOptions<DiscoverSettings>;

/** Between two questions to an API, in seconds: they tell of no change by themselves, and want to be asked seldom. */
const API_INTERVAL_SECONDS = 60;
/** Time of a scrape of ourselves, in seconds, and how many at once. */
const METRICS = { timeoutSeconds: 10, maxRequests: 40 };
/** What the IPN bus is asked for: that something changed, and as little else as it allows. */
const BUS_MASK = NOTIFY.initialState | NOTIFY.noNetMap | NOTIFY.peerChanges;

/** What one set of settings makes. */
interface Parts {
  readonly engine: Engine;
  readonly watch: TailscaledWatch;
  readonly app: Hono<GuardedEnv>;
}

/** A running discover: its listeners, which follow tailscaled, and what answers on them. */
export class Discover implements Service<DiscoverSettings> {
  readonly #self = new SelfMetrics();
  readonly #metrics = new DiscoverMetrics();
  readonly #front: Front;
  #parts: Parts;

  constructor(options: DiscoverOptions) {
    const api = localApiOf(options, this.#self);
    this.#front = new Front(() => this.#parts.app, this.#frontOptions(options, api));
    this.#parts = this.#build(options, api);
    this.#self.setReloadSuccessful(true);
  }

  /** URLs of its root, without the final slash. None while it waits for a certificate. */
  get origins(): string[] {
    return this.#front.origins;
  }

  /** Listens, serves what an earlier run left, and follows sources and agents from then on. Waits for none of them. */
  async start(): Promise<ListenError[]> {
    this.#parts.engine.restore();
    const refused = await this.#front.start();
    if (refused.length > 0) return refused;
    this.#run();
    return [];
  }

  /** Goes on with other settings. Connections and counters stay, and by way of the disk the lists. */
  async reload(options: DiscoverOptions): Promise<void> {
    const api = localApiOf(options, this.#self);
    await this.#front.change(this.#frontOptions(options, api)); // throws before anything has changed
    await this.#halt();
    const parts = this.#build(options, api);
    parts.engine.restore(this.#parts.engine);
    this.#parts = parts;
    this.#self.setReloadSuccessful(true);
    await this.#front.follow();
    this.#run();
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

  #run(): void {
    this.#parts.engine.run();
    this.#parts.watch.start();
  }

  async #halt(): Promise<void> {
    this.#parts.watch.stop();
    await this.#parts.engine.halt();
  }

  #frontOptions({ settings, webConfig, log }: DiscoverOptions, api: LocalApi): FrontOptions {
    const countDenied = (reason: string) => this.#self.countDenied(reason);
    return { settings, webConfig, port: DISCOVER_PORT, api, countDenied, log };
  }

  #build({ settings, env, log }: DiscoverOptions, api: LocalApi): Parts {
    const engine = new Engine({
      settings,
      sources: settings.source.map((name) => sourceOf(name, api, { settings, env, log })),
      api,
      stateDirectory: stateDirectory({ named: settings["state.dir"], env }),
      metrics: this.#metrics,
      log,
      tailscale: () => this.#front.tailscale,
    });
    const watch = new TailscaledWatch(
      api,
      async (reason) => {
        if (reason === "hint") engine.hint();
        await this.#front.follow();
        engine.notice();
      },
      BUS_MASK,
    );
    return {
      engine,
      watch,
      app: this.#app(settings, engine),
    };
  }

  #app(settings: DiscoverSettings, engine: Engine): Hono<GuardedEnv> {
    const { catalogue } = engine;
    const obstacle = () => (typeof catalogue.answers === "string" ? catalogue.answers : undefined);
    return discoverApp({
      guard: this.#front.guard,
      webConfig: this.#front.webConfig,
      scraper: new Scraper<unknown>([], () => undefined),
      self: this.#self,
      ownSamples: async () => [...(await this.#self.samples(false)), ...(await this.#metrics.samples(engine.facts))],
      ...METRICS,
      gzip,
      report: () => {},
      answers: () => catalogue.answers,
      ageSeconds: () => engine.ageSeconds,
      modules: settings["sd.module"],
      obstacle,
      page: () => ({
        version: BUILD.version,
        obstacle: obstacle(),
        sources: engine.sources,
        targets: catalogue.targets ?? [],
        devices: catalogue.devices,
        origins: engine.origins,
        isHeldBack: (target) => catalogue.isHeldBack(target),
        reasonOf: (device) => catalogue.reasonOf(device),
        nowSeconds: Date.now() / 1000,
      }),
      via: viaHandler({
        find: (node, key) => catalogue.find(node, key),
        dial: engine.dial,
        count: (outcome) => this.#metrics.countVia(outcome),
      }),
    });
  }
}

function sourceOf(
  name: SourceName,
  api: LocalApi,
  options: Pick<DiscoverOptions, "settings" | "env" | "log">,
): DeviceSource {
  const { refresh } = options.settings;
  switch (name) {
    case "local":
      return localSource(api, refresh);
    case "api":
      return apiSource(options, refresh ?? API_INTERVAL_SECONDS);
    case "headscale":
      return headscaleSource(options, refresh ?? API_INTERVAL_SECONDS);
  }
}
