import { Metric, type Sample } from "../exporter/metric.ts";
import { parseText } from "../exporter/text.ts";
import { clipped } from "./device.ts";
import type { LiveSeries } from "./live.ts";
import { TAILSCALED_HELP } from "./tailscaled-help.ts";

/** Labels that say which device a series is of. No device may choose them. */
const RESERVED: ReadonlySet<string> = new Set(["device_id", "device_name", "tailnet", "tailscale_machine"]);
/** Families that a device may have a say in: tailscaled's own. */
const FAMILY = /^tailscaled_[a-z0-9_]{1,100}$/;
/** Most series of one device. tailscaled has some fifty. */
const MAX_SERIES = 2000;
/** Most kinds of series of all devices together. */
const MAX_KINDS = 50_000;

/** More series than are read. */
export class TooManySeries extends Error {
  override readonly name = "TooManySeries";
}

/** Reads expositions of devices. What they have in common is kept once, and no device can spoil a family for another. */
export class LiveSeriesReader {
  readonly #metrics = new Map<string, Metric>();
  readonly #series = new Map<string, LiveSeries>();
  readonly #byRaw = new Map<string, LiveSeries>();

  /**
   * tailscaled's own series in an exposition. Others, those that their type forbids, and the parts of histograms and
   * summaries, of which tailscaled has none, are left out.
   *
   * @throws {SyntaxError} If it is none. @throws {TooManySeries} If it has too many.
   */
  read(text: string): { readonly series: readonly LiveSeries[]; readonly values: readonly number[] } {
    const values = new Map<LiveSeries, number>();
    for (const sample of parseText(text)) {
      const isOwn = FAMILY.test(sample.metric.name) && sample.suffix === undefined;
      const series = isOwn ? this.#seriesOf(sample) : undefined;
      if (series === undefined || values.has(series)) continue;
      if (series.metric.type === "counter" && !(sample.value >= 0)) continue;
      if (values.size >= MAX_SERIES) throw new TooManySeries(`more than ${MAX_SERIES} series`);
      values.set(series, sample.value);
    }
    return { series: [...values.keys()], values: [...values.values()] };
  }

  #seriesOf({ metric, labels }: Sample): LiveSeries | undefined {
    const raw = `${metric.name}${labels}`;
    const known = this.#byRaw.get(raw);
    if (known) return known;
    if (this.#byRaw.size >= MAX_KINDS) return undefined;
    // Two that differ in nothing but labels that are not the device's to give are one.
    const pairs = pairsOf(labels);
    const key = `${metric.name}${pairs.map((pair) => pair.join("=")).join("\n")}`;
    const series = this.#series.getOrInsertComputed(key, () => ({ metric: this.#metricOf(metric), labels: pairs }));
    this.#byRaw.set(raw, series);
    return series;
  }

  /** A family is everybody's: its name tells the type, as tailscaled gives names, and no device has a say in what is known. */
  #metricOf({ name, help }: Metric): Metric {
    const type = name.endsWith("_total") ? "counter" : "gauge";
    const told = TAILSCALED_HELP.get(name) ?? clipped(help) ?? name;
    return this.#metrics.getOrInsertComputed(name, () => new Metric(type, name, told));
  }
}

const PAIR = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The pairs of a rendered label block, values still escaped. */
function pairsOf(block: string): (readonly [string, string])[] {
  const pairs = [...block.matchAll(PAIR)].map(([, name = "", value = ""]) => [name, value] as const);
  return pairs.filter(([name, value]) => !RESERVED.has(name) && value.length <= 256);
}
