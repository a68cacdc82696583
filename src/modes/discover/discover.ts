import type { Hono } from "hono";
import { Scraper } from "../../exporter/scrape.ts";
import { NOTIFY } from "../../localapi/bus.ts";
import { LocalApi } from "../../localapi/client.ts";
import { findTailscaled, systemProbe } from "../../localapi/socket.ts";
import { gzip } from "../../runtime/gzip.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { BUILD } from "../../version.ts";
import { FollowingListeners, type Wanted } from "../shared/following-listeners.ts";
import type { ModeOptions, Service } from "../shared/run.ts";
import { SelfMetrics } from "../shared/self.ts";
import { stateDirectory } from "../shared/state-dir.ts";
import { pause, TailscaledWatch } from "../shared/watch.ts";
import { discoverApp } from "./app.ts";
import { Engine } from "./engine.ts";
import { localSource } from "./local-source.ts";
import { DiscoverMetrics } from "./self.ts";
import { DISCOVER_PORT, type DiscoverSettings } from "./settings.ts";
import { viaHandler } from "./via.ts";

/** What discover runs with. */
export type DiscoverOptions = ModeOptions<DiscoverSettings>;

/** How long running requests may take after discover is asked to stop, in seconds. */
const GRACE_SECONDS = 5;
/** How long the start waits for tailscaled's addresses, in seconds. */
const PATIENCE_SECONDS = 0.5;
/** Time of a scrape of ourselves, in seconds, and how many at once. */
const METRICS = { timeoutSeconds: 10, maxRequests: 40 };
/** What the IPN bus is asked for: that something changed, and as little else as it allows. */
const BUS_MASK = NOTIFY.initialState | NOTIFY.noNetMap | NOTIFY.peerChanges;

/** What one set of settings makes. */
interface Parts {
  readonly wanted: Wanted;
  readonly engine: Engine;
  readonly watch: TailscaledWatch;
  readonly app: Hono;
}

/** A running discover: its listeners, which follow tailscaled, and what answers on them. */
export class Discover implements Service<DiscoverSettings> {
  readonly #self = new SelfMetrics();
  readonly #metrics = new DiscoverMetrics();
  readonly #listeners: FollowingListeners;
  #parts: Parts;

  constructor(options: DiscoverOptions) {
    this.#parts = this.#build(options);
    const fetch = (request: Request) => this.#parts.app.fetch(request);
    this.#listeners = new FollowingListeners(fetch, options.log, this.#parts.wanted);
    this.#self.setReloadSuccessful(true);
  }

  /** Where it answers, as `host:port`. */
  get addresses(): string[] {
    return this.#listeners.addresses;
  }

  /** Listens, serves what an earlier run left, and follows sources and agents from then on. Waits for none of them. */
  async start(): Promise<ListenError[]> {
    this.#parts.engine.restore();
    const refused = this.#listeners.open();
    if (refused.length > 0) return refused;
    await Promise.race([this.#listeners.follow(), pause(PATIENCE_SECONDS)]);
    this.#run();
    return [];
  }

  /** Goes on with other settings. Connections and counters stay, and by way of the disk the lists. */
  async reload(options: DiscoverOptions): Promise<void> {
    await this.#halt();
    const parts = this.#build(options);
    parts.engine.restore(this.#parts.engine);
    this.#parts = parts;
    this.#listeners.change(parts.wanted);
    this.#self.setReloadSuccessful(true);
    await this.#listeners.follow();
    this.#run();
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

  #build({ settings, env, platform, log }: DiscoverOptions): Parts {
    const api = new LocalApi({
      address: () => findTailscaled({ socket: settings.socket, env, platform, probe: systemProbe }),
      observe: (call) => this.#self.countCall(call),
    });
    const engine = new Engine({
      settings,
      sources: settings.source.map(() => localSource(api, settings.refresh)),
      api,
      stateDirectory: stateDirectory({ named: settings["state.dir"], env }),
      metrics: this.#metrics,
      log,
      tailscale: () => this.#listeners?.tailscale,
    });
    const watch = new TailscaledWatch(
      api,
      async (reason) => {
        if (reason === "hint") engine.hint();
        await this.#listeners.follow();
        engine.notice();
      },
      BUS_MASK,
    );
    return {
      wanted: { listen: settings["web.listen"], port: DISCOVER_PORT, api },
      engine,
      watch,
      app: this.#app(settings, engine),
    };
  }

  #app(settings: DiscoverSettings, engine: Engine): Hono {
    const { catalogue } = engine;
    const obstacle = () => (typeof catalogue.answers === "string" ? catalogue.answers : undefined);
    return discoverApp({
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
