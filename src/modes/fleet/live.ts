import { isTailscaleAddress } from "../../fleet/addresses.ts";
import type { FleetDevice } from "../../fleet/device.ts";
import type { LiveAnswer, LiveOutcome } from "../../fleet/live.ts";
import { LiveSeriesReader, TooManySeries } from "../../fleet/live-series.ts";
import type { DeviceView } from "../../fleet/snapshot.ts";
import { AskError, askHost } from "../shared/ask-host.ts";
import { monotonicSeconds } from "../shared/clock.ts";
import type { Dial } from "../shared/dial.ts";
import { pause } from "../shared/pause.ts";
import type { LiveBook } from "./tailnet.ts";

/** Where a device may have its own metrics. */
export interface Door {
  readonly source: "agent" | "webclient";
  readonly port: number;
  readonly path: string;
}

/** How devices are asked for their own metrics. */
export interface LiveOptions {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** Devices asked at once. */
  readonly concurrency: number;
  readonly doors: readonly Door[];
  /** Whether a device is to be asked at all. */
  wants(device: FleetDevice): boolean;
  /** Devices as they are known now. */
  views(): readonly DeviceView[];
  /** Address of a device in this node's tailnet; undefined where there is none that may be asked. */
  addressOf(device: FleetDevice): string | undefined;
  /** How connections are made; undefined while none can be. */
  dial(): Dial | undefined;
  onChange(): void;
}

/** What is remembered of a device. */
interface Memory {
  answer: LiveAnswer;
  door: Door | undefined;
  /** When it was last connected to the control plane, of a clock that does not jump. */
  onlineAtSeconds: number;
  failures: number;
  /** How often it did not answer, by outcome. */
  errors: Map<LiveOutcome, number>;
  nextSeconds: number;
}

/** What every device is asked with. tailscaled's exposition has some 5 kB. */
const QUESTION = { accept: "text/plain", maxBytes: 1024 * 1024 };
/** Longest wait before a device that never answered is tried again, in seconds. */
const LONGEST_WAIT_SECONDS = 3600;
/** How long values outlive the answer that gave them, in seconds. */
const STALE_SECONDS = 300;
/** How long a device that answered is asked on after control lost it, in seconds. */
const LOST_SECONDS = 600;
/** How often there is news while a long round goes on, in seconds. */
const NEWS_SECONDS = 10;

/** Asks devices for tailscaled's own metrics, round by round, and remembers how it went. */
export class LiveAsker implements LiveBook {
  readonly #options: LiveOptions;
  readonly #memories = new Map<string, Memory>();
  readonly #reader = new LiveSeriesReader();
  readonly #ended = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #newsAtSeconds = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  answerOf(id: string): LiveAnswer | undefined {
    return this.#memories.get(id)?.answer;
  }

  answeredBefore(id: string): boolean {
    return this.#memories.get(id)?.door !== undefined;
  }

  /** How often a device did not answer, by outcome. */
  errorsOf(id: string): ReadonlyMap<string, number> {
    return this.#memories.get(id)?.errors ?? new Map();
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const startedSeconds = monotonicSeconds();
      await this.#round(startedSeconds);
      const tookSeconds = monotonicSeconds() - startedSeconds;
      // Until there are devices there is nothing to wait for but them.
      const waitSeconds =
        this.#options.views().length === 0 ? 1 : Math.max(this.#options.intervalSeconds - tookSeconds, 0.1);
      await pause(waitSeconds, signal);
    }
  }

  async #round(nowSeconds: number): Promise<void> {
    const { views, concurrency, onChange } = this.#options;
    const known = views();
    if (known.length > 0) this.#forget(new Set(known.map(({ device }) => device.id)));
    const due = known.filter((view) => this.#isDue(view, nowSeconds));
    let next = 0;
    const work = async () => {
      while (next < due.length && !this.#ended.signal.aborted) await this.#ask(due[next++]!);
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, due.length) }, work));
    if (due.length > 0 && !this.#ended.signal.aborted) onChange();
  }

  #forget(known: ReadonlySet<string>): void {
    for (const id of this.#memories.keys()) if (!known.has(id)) this.#memories.delete(id);
  }

  /** Offline devices are not asked, but for those that answered a moment ago: control may have lost them. */
  #isDue({ device, online }: DeviceView, nowSeconds: number): boolean {
    if (!this.#options.wants(device)) return false;
    const memory = this.#memories.get(device.id);
    if (!memory) return online;
    if (online) memory.onlineAtSeconds = nowSeconds;
    else if (memory.door === undefined || nowSeconds - memory.onlineAtSeconds > LOST_SECONDS) return false;
    return nowSeconds >= memory.nextSeconds;
  }

  async #ask({ device, online }: DeviceView): Promise<void> {
    const address = this.#options.addressOf(device);
    const dial = this.#options.dial();
    if (address === undefined || dial === undefined || !isTailscaleAddress(address)) return;
    const memory = this.#memories.get(device.id);
    const doors = memory?.door ? [memory.door] : this.#options.doors;
    const found = await this.#firstAnswer(dial, address, doors);
    if (this.#ended.signal.aborted) return;
    this.#remember(device.id, memory, online, found);
  }

  /** The first door's exposition that is one, else why none was. All are tried at once, so that a wall costs one wait. */
  async #firstAnswer(dial: Dial, address: string, doors: readonly Door[]): Promise<Found> {
    const { timeoutSeconds } = this.#options;
    const tries = doors.map(async (door): Promise<Found> => {
      try {
        const question = { ...QUESTION, host: address, port: door.port, path: door.path, timeoutSeconds };
        const text = await askHost(dial, question, this.#ended.signal);
        return { door, outcome: "ok", ...this.#reader.read(text) };
      } catch (error) {
        return { outcome: outcomeOf(error), series: [], values: [] };
      }
    });
    const ended = await Promise.all(tries);
    // A host that refuses is one that is there.
    return (
      ended.find(({ outcome }) => outcome === "ok") ?? ended.find(({ outcome }) => outcome !== "refused") ?? ended[0]!
    );
  }

  #remember(id: string, memory: Memory | undefined, online: boolean, found: Found): void {
    const nowSeconds = monotonicSeconds();
    const { outcome, door, series, values } = found;
    const isOk = outcome === "ok";
    const failures = isOk ? 0 : (memory?.failures ?? 0) + 1;
    const errors = memory?.errors ?? new Map<LiveOutcome, number>();
    if (!isOk) errors.set(outcome, (errors.get(outcome) ?? 0) + 1);
    const known = memory?.door ?? door;
    const before = memory?.answer;
    const isFresh =
      before?.lastSuccessSeconds !== undefined && Date.now() / 1000 - before.lastSuccessSeconds < STALE_SECONDS;
    const kept = isFresh ? before : undefined;
    const { intervalSeconds } = this.#options;
    this.#memories.set(id, {
      answer: isOk
        ? { outcome, wasOnline: online, source: door?.source, lastSuccessSeconds: Date.now() / 1000, series, values }
        : {
            outcome,
            wasOnline: online,
            source: before?.source,
            lastSuccessSeconds: before?.lastSuccessSeconds,
            series: kept?.series ?? [],
            values: kept?.values ?? [],
          },
      // One that moved to the other door is found there after a few rounds.
      door: isOk ? door : failures % 3 === 0 && known !== undefined ? this.#otherDoor(known) : known,
      onlineAtSeconds: online ? nowSeconds : (memory?.onlineAtSeconds ?? nowSeconds),
      failures,
      errors,
      nextSeconds: known
        ? 0
        : nowSeconds + Math.min(intervalSeconds * 2 ** Math.min(failures, 12), LONGEST_WAIT_SECONDS) - intervalSeconds,
    });
    if (nowSeconds - this.#newsAtSeconds > NEWS_SECONDS) {
      this.#newsAtSeconds = nowSeconds;
      this.#options.onChange();
    }
  }

  #otherDoor(door: Door): Door {
    return this.#options.doors.find((other) => other !== door) ?? door;
  }
}

interface Found {
  readonly door?: Door;
  readonly outcome: LiveOutcome;
  readonly series: LiveAnswer["series"];
  readonly values: LiveAnswer["values"];
}

function outcomeOf(error: unknown): LiveOutcome {
  if (error instanceof AskError) return error.failure;
  if (error instanceof TooManySeries) return "too_large";
  return "nonsense";
}
