import type { ControlCall } from "../../control/client.ts";
import { isPhone } from "../../discovery/device.ts";
import { globMatches } from "../../discovery/glob.ts";
import type { FleetDevice } from "../../fleet/device.ts";
import type { Snapshot } from "../../fleet/snapshot.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { ChangeLog, type Log } from "../../log.ts";
import { headscaleClient, tailscaleClient } from "../shared/api-settings.ts";
import { dialDirectly, dialThrough } from "../shared/dial.ts";
import { demoBook, demoClient } from "./demo.ts";
import { LiveAsker } from "./live.ts";
import { type LocalFacts, localPart } from "./local.ts";
import type { Part } from "./part.ts";
import type { FleetMetrics } from "./self.ts";
import type { Access, FleetSettings } from "./settings.ts";
import { apiParts, headscaleParts, type Pace } from "./sources.ts";
import { type LiveBook, Tailnet } from "./tailnet.ts";

/** What the engine runs with. */
export interface EngineOptions {
  readonly settings: FleetSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly api: LocalApi;
  readonly metrics: FleetMetrics;
  readonly log: Log;
  /** Told when there is a new snapshot. */
  onChange(): void;
}

/** Keeps what is known of all tailnets fresh, and offers it as one snapshot. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #problems: ChangeLog;
  readonly #tailnets: readonly Tailnet[];
  readonly #parts: readonly Part<unknown>[];
  readonly #local: Part<LocalFacts> | undefined;
  readonly #live: LiveAsker;
  readonly #book: LiveBook;
  #snapshot: Snapshot | undefined;
  #version = 0;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#problems = new ChangeLog(options.log);
    const { settings } = options;
    const pace: Pace = {
      refreshSeconds: settings.refresh,
      slowSeconds: settings["refresh.slow"],
      timeoutSeconds: settings["refresh.timeout"],
      onChange: (state) => {
        this.#changed();
        const isList = state.name === "devices" || state.name === "headscale_nodes";
        const devices = this.snapshot.tailnets.reduce((sum, { devices = [] }) => sum + devices.length, 0);
        options.metrics.countRefresh(state, isList ? devices : 0);
      },
    };
    const accesses = settings.tailnets.length > 0 ? settings.tailnets : [settings as Access];
    const wants = (source: FleetSettings["source"][number]) =>
      settings.source.length === 0 || settings.source.includes(source);
    const remotes = accesses.map((access) => this.#remote(access, pace, wants));
    const hasRemote = remotes.some(({ api, headscale }) => api || headscale);
    const usesLocal = settings.demo === 0 && wants("local");
    this.#local = usesLocal ? localPart(options.api, pace, hasRemote && settings.source.length === 0) : undefined;
    this.#tailnets = remotes.map(
      (remote) =>
        new Tailnet({ ...remote, local: this.#local, isLocal: accesses.length === 1, isDemo: settings.demo > 0 }),
    );
    this.#parts = [...new Set(this.#tailnets.flatMap(({ parts }) => parts))];
    this.#live = this.#asker();
    this.#book = settings.demo > 0 ? demoBook() : this.#live;
  }

  /** What is known now. The same one until something changes. */
  get snapshot(): Snapshot {
    if (this.#snapshot?.version === this.#version) return this.#snapshot;
    const takenSeconds = Date.now() / 1000;
    const tailnets = this.#tailnets.map((tailnet) => tailnet.snapshot(this.#book, takenSeconds));
    this.#snapshot = { version: this.#version, takenSeconds, tailnets };
    return this.#snapshot;
  }

  /** Why there is nothing to tell yet; undefined when there is. */
  get obstacle(): string | undefined {
    const waiting = this.snapshot.tailnets.find(({ devices }) => devices === undefined);
    if (!waiting) return undefined;
    const failed =
      waiting.parts.find(({ isWell, isSupported }) => isWell === false && isSupported) ??
      waiting.parts.find(({ message }) => message);
    return failed?.message ?? `no list of the devices of tailnet ${waiting.tailnet} yet`;
  }

  /** How often a device did not answer, by outcome. */
  deviceErrors(id: string): ReadonlyMap<string, number> {
    return this.#live.errorsOf(id);
  }

  run(): void {
    if (this.#parts.length === 0) {
      this.#options.log.error("Nothing tells of a tailnet: give --source local, or credentials of an API");
    }
    for (const part of this.#parts) part.start();
    if (this.#options.settings.live !== "never") this.#live.start();
  }

  /** Resolves when every part has been asked for once, or the time is up. */
  async settled(seconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, seconds * 1000);
    await Promise.race([promise, Promise.all(this.#parts.map((part) => part.settled))]);
    clearTimeout(timer);
  }

  async halt(): Promise<void> {
    await Promise.all([...this.#parts.map((part) => part.stop()), this.#live.stop()]);
  }

  #changed(): void {
    this.#version++;
    this.#options.onChange();
    const problems = new Map<string, string>();
    for (const { parts, tailnet } of this.snapshot.tailnets) {
      for (const { name, isWell, isSupported, message } of parts) {
        // Without credentials of an API it is the only source, and then supported by definition.
        if (name === "local" && !isSupported) continue;
        if (isWell === false && message !== undefined) problems.set(this.#subjectOf(name, tailnet), message);
      }
    }
    this.#problems.report(problems);
  }

  #subjectOf(part: string, tailnet: string): string {
    return this.#tailnets.length === 1 || part === "local" ? part : `${tailnet} ${part}`;
  }

  /** What an API tells of a tailnet, where there are credentials for one. */
  #remote(access: Access, pace: Pace, wants: (source: "api" | "headscale") => boolean) {
    const { settings, env, metrics, log } = this.#options;
    if (settings.demo > 0)
      return { name: "demo", api: apiParts(demoClient(settings.demo), "-", pace), headscale: undefined };
    const name = access.name ?? (settings["api.tailnet"] === "-" ? undefined : settings["api.tailnet"]);
    const options = {
      settings: access,
      // Credentials of systemd have no place for several tailnets.
      env: settings.tailnets.length > 0 ? {} : env,
      log,
      timeoutSeconds: settings["refresh.timeout"],
      observe: (call: ControlCall) => metrics.countRequest(call),
    };
    const api = wants("api") ? tailscaleClient(access["api.url"] ?? settings["api.url"], options) : undefined;
    const headscale = wants("headscale") ? headscaleClient(options) : undefined;
    return {
      name,
      api: api && apiParts(api, access["api.tailnet"] ?? "-", pace),
      headscale: headscale && headscaleParts(headscale, pace),
    };
  }

  #asker(): LiveAsker {
    const { settings, api } = this.#options;
    const tags = settings["live.tag"];
    const names = settings["live.name"];
    const matches = (globs: readonly string[], texts: readonly (string | undefined)[]) =>
      globs.length === 0 || globs.some((glob) => texts.some((text) => text !== undefined && globMatches(glob, text)));
    const known = (device: FleetDevice) =>
      settings.live === "always" ? device : this.#local?.value?.byId.get(device.id);
    return new LiveAsker({
      intervalSeconds: settings["live.interval"],
      timeoutSeconds: settings["live.timeout"],
      concurrency: settings["live.concurrency"],
      doors: [
        { source: "agent", port: settings["agent.port"], path: "/metrics?collect[]=tailscale_usermetrics" },
        { source: "webclient", port: settings["webclient.port"], path: "/metrics" },
      ],
      wants: (device) =>
        settings.demo === 0 &&
        !device.external &&
        !isPhone(device) &&
        known(device) !== undefined &&
        matches(tags, device.tags) &&
        matches(names, [device.name, device.dnsName, device.hostname, device.id]),
      views: () => this.snapshot.tailnets.flatMap(({ devices }) => devices ?? []),
      addressOf: (device) => known(device)?.ipv4 ?? known(device)?.ipv6,
      dial: () => {
        const facts = this.#local?.value;
        if (facts) return facts.hasInterface ? dialDirectly : dialThrough(api);
        return settings.live === "always" ? dialDirectly : undefined;
      },
      onChange: () => this.#changed(),
    });
  }
}
