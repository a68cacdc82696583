import type { Advertisement } from "../../discovery/advertisement.ts";
import { Answers } from "../../discovery/answers.ts";
import { type Device, isPhone, mergeDevices } from "../../discovery/device.ts";
import { type AdmittedExporters, ExporterGuard } from "../../discovery/exporter-guard.ts";
import { hasTag, type Target, targetsOf } from "../../discovery/target.ts";
import { releaseMemorySoon } from "../../runtime/memory.ts";
import type { Hold } from "./hold-log.ts";
import type { SourceKeeper } from "./keeper.ts";
import type { Prober } from "./prober.ts";
import { type DiscoverSettings, viaAddressOf } from "./settings.ts";

/** What the lists are made of. */
export interface CatalogueParts {
  readonly settings: DiscoverSettings;
  readonly keepers: readonly SourceKeeper[];
  readonly prober: Prober;
  /** Whether Prometheus is to come through this process. */
  readonly isVia: () => boolean;
}

/** How long a first list waits for agents that do not answer, in seconds. */
const FIRST_ROUND_SECONDS = 60;

/** Lists of more devices than this are worth the time that giving back their memory takes. */
const LARGE_DEVICES = 1000;

/** Every device with its targets, made anew when something changes. */
export class Catalogue {
  readonly #parts: CatalogueParts;
  readonly #guard: ExporterGuard;
  #exporters: AdmittedExporters | undefined;
  #devices: readonly Device[] = [];
  #answers: Answers | undefined;
  #isSettled = false;
  #firstListSeconds: number | undefined;
  #isBuiltVia: boolean | undefined;

  constructor(parts: CatalogueParts) {
    this.#parts = parts;
    this.#guard = new ExporterGuard(parts.settings["sd.shrink-guard"]);
  }

  /** Whether the lists have Prometheus come through this process; undefined before there are any. */
  get isBuiltVia(): boolean | undefined {
    return this.#isBuiltVia;
  }

  get devices(): readonly Device[] {
    return this.#devices;
  }

  /** The lists, or why there are none yet. */
  get answers(): Answers | string {
    const missing = this.#parts.keepers.filter(({ devices }) => devices === undefined);
    if (missing.length > 0) {
      const reasons = missing.map(({ name, error }) => `${name}: ${error ?? "not answered yet"}`);
      return `There is no whole list of devices yet. ${reasons.join("; ")}`;
    }
    if (this.#answers === undefined || !this.#isSettled) return "The devices are still being asked for their agents";
    return this.#answers;
  }

  /** Targets of the whole list; undefined before it is whole. */
  get targets(): readonly Target[] | undefined {
    const { answers } = this;
    return typeof answers === "string" ? undefined : answers.targets;
  }

  /** What agents told last and what of theirs is held back, by the id of their device. */
  get agents(): ReadonlyMap<string, Advertisement> {
    return this.#exporters?.agents ?? this.#parts.prober.agents;
  }

  /** Exporters that are held back, and how many the newest lists lack that were. */
  get hold(): Hold {
    const { heldBack = new Map<string, ReadonlySet<string>>(), dropped = 0 } = this.#exporters ?? {};
    return { heldBack: [...heldBack.values()].reduce((sum, { size }) => sum + size, 0), dropped };
  }

  /** Targets that are held back. */
  get heldBackTargets(): number {
    return (this.targets ?? []).filter((target) => this.isHeldBack(target)).length;
  }

  /** Whether a source no longer lists a target's device, or the agent its exporter. */
  isHeldBack({ device: { id }, exporter = "" }: Target): boolean {
    const isDeviceHeld = this.#parts.keepers.some(({ heldBackIds }) => heldBackIds.has(id));
    return isDeviceHeld || (this.#exporters?.heldBack.get(id)?.has(exporter) ?? false);
  }

  /** Takes the agents of an earlier run for the whole truth, so that nothing is waited for. */
  settle(): void {
    this.#isSettled = true;
  }

  /** Makes the lists anew, and tells the prober of the devices where those have changed. */
  rebuild(haveDevicesChanged: boolean, nowSeconds: number): void {
    const { settings, keepers, prober, isVia } = this.#parts;
    if (keepers.some(({ devices }) => devices === undefined)) return;
    this.#firstListSeconds ??= nowSeconds;
    if (haveDevicesChanged) {
      this.#devices = mergeDevices(keepers.map(({ devices = [] }) => devices));
      if (settings.agents.includes("ask")) prober.setDevices(this.#devices);
    }
    this.#isSettled ||= prober.isSettled || nowSeconds - this.#firstListSeconds > FIRST_ROUND_SECONDS;
    this.#isBuiltVia = isVia();
    const targets = settings.agents.includes("ask") ? this.#guardedTargets(nowSeconds) : this.#targetsOf(new Map());
    const answers = new Answers(targets, this.#devices);
    if (this.#answers) answers.prepare(this.#answers);
    this.#answers = answers;
    if (this.#devices.length > LARGE_DEVICES) releaseMemorySoon(true);
  }

  #guardedTargets(nowSeconds: number): Target[] {
    const { agents } = this.#parts.prober;
    const targets = this.#targetsOf(agents);
    this.#exporters = this.#guard.admit(agents, targets.length, nowSeconds);
    return this.#exporters.heldBack.size > 0 ? this.#targetsOf(this.#exporters.agents) : targets;
  }

  #targetsOf(agents: ReadonlyMap<string, Advertisement>): Target[] {
    const { settings } = this.#parts;
    return targetsOf(this.#devices, agents, {
      address: settings.address,
      agentPort: settings["agent.port"],
      agentTags: agentTags(settings),
      plain: settings.target,
      via: this.#isBuiltVia ? viaAddressOf(settings) : undefined,
    });
  }

  /** The target of a device's id and of its key. */
  find(node: string, key: string): Target | undefined {
    return this.targets?.find((target) => target.device.id === node && target.key === key);
  }

  /** Why a device has no target. */
  reasonOf(device: Device): string {
    const { settings, prober } = this.#parts;
    if (!settings.agents.includes("ask"))
      return `agents are not asked; its tags are ${device.tags.join(", ") || "none"}`;
    if (isPhone(device)) return "a phone or a television, which has no agent";
    if (device.online === false) return "offline, and never was an agent seen on it";
    if (hasTag(device, agentTags(settings))) return "it has no address that is valid";
    const failure = prober.failures.get(device.id);
    return failure === undefined ? "not asked for an agent yet" : `no agent answered: ${failure}`;
  }
}

function agentTags({ agents }: DiscoverSettings): string[] {
  return agents.filter((rule) => rule.startsWith("tag:"));
}
