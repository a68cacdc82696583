import { CollectorError, NoData } from "../../collector.ts";
import type { Sample } from "../../metric.ts";

/** A source could not be read; the samples are those of the sources before it. */
export class Interrupted extends CollectorError {
  override readonly name = "Interrupted";
}

/**
 * The samples that `fill` adds to a list, of several sources one after the other. Where one fails, what those before it have
 * told goes with the error, as in node_exporter.
 *
 * @throws {NoData | Interrupted} If `fill` throws: the same when it is a {@linkcode NoData}.
 */
export function filled(fill: (samples: Sample[]) => void): Sample[] {
  const samples: Sample[] = [];
  try {
    fill(samples);
    return samples;
  } catch (cause) {
    const { message } = cause as Error;
    throw cause instanceof NoData
      ? new NoData(message, { cause, samples })
      : new Interrupted(message, { cause, samples });
  }
}
