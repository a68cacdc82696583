import { Buffer } from "node:buffer";
import { formatGoFloat } from "../exporter/format.ts";
import type { Metric } from "../exporter/metric.ts";
import { canonicalBounds, type Format, familyHeader } from "../exporter/render.ts";

/** A family that is being written. */
interface Pending {
  readonly metric: Metric;
  readonly pieces: Uint8Array[];
  /** Parts of lines that are no piece yet. */
  readonly parts: string[];
}

/** Parts of lines that make a piece: some 30 kB. */
const PARTS_IN_PIECE = 1500;

/**
 * Writes series as text at once, family by family in whatever order they come: for hundreds of thousands of them, of which
 * objects would take ten times the room. Unlike `addSamples()` it does not look for series that exist twice.
 */
export class TextWriter {
  readonly #families = new Map<string, Pending>();

  /** Adds a series. The first metric of a name is the family's; of another type, the series is left out. */
  add(metric: Metric, labels: string, value: number, suffix = ""): void {
    let family = this.#families.get(metric.name);
    if (family === undefined) {
      family = { metric, pieces: [], parts: [] };
      this.#families.set(metric.name, family);
    }
    if (family.metric !== metric && family.metric.type !== metric.type) return;
    // Joined many at once: each line as a text of its own would take room that is not given back before all are written.
    if (family.parts.push(metric.name, suffix, labels, " ", formatGoFloat(value), "\n") >= PARTS_IN_PIECE)
      flush(family);
  }

  /** Everything that was added, sorted by family, in pieces: as one text it would take its room twice. */
  pieces(format: Format): readonly Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (const name of [...this.#families.keys()].sort()) {
      const family = this.#families.get(name)!;
      flush(family);
      pieces.push(Buffer.from(`${familyHeader(family.metric, format)}\n`), ...canonical(family, format));
    }
    if (format === "openmetrics") pieces.push(Buffer.from("# EOF\n"));
    return pieces;
  }
}

function flush({ pieces, parts }: Pending): void {
  if (parts.length > 0) pieces.push(Buffer.from(parts.join("")));
  parts.length = 0;
}

/** Histograms and summaries have their bounds written otherwise in OpenMetrics. */
function canonical({ metric, pieces }: Pending, format: Format): readonly Uint8Array[] {
  if (format === "text" || (metric.type !== "histogram" && metric.type !== "summary")) return pieces;
  return [Buffer.from(canonicalBounds(String(Buffer.concat(pieces))))];
}
