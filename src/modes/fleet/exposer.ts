import { Buffer } from "node:buffer";
import type { Families } from "../../exporter/gather.ts";
import { addSamples } from "../../exporter/gather.ts";
import { gzipWithPrefix } from "../../exporter/gzip-prefix.ts";
import type { Sample } from "../../exporter/metric.ts";
import { type Format, render } from "../../exporter/render.ts";
import { type Exposition, type ExpositionOptions, expositionOf } from "../../fleet/exposition.ts";
import type { Snapshot } from "../../fleet/snapshot.ts";

/** What an exposer makes its text from. */
export interface ExposerOptions extends ExpositionOptions {
  readonly snapshot: () => Snapshot;
  /** Series of this moment, few and not of the snapshot. */
  readonly ownSamples: (omitted: Exposition["omitted"]) => Promise<readonly Sample[]>;
  readonly gzip: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
  readonly report: (problems: readonly string[]) => void;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** The text of one snapshot, as it was asked for. */
interface Kept {
  readonly version: number;
  readonly omitted: Exposition["omitted"];
  readonly texts: Map<string, Promise<Bytes>>;
}

/**
 * Metrics of the newest snapshot. Its text is made once, in the format and encoding that are asked for, and every scrape puts
 * a small one of its own before it.
 */
export class Exposer {
  readonly #options: ExposerOptions;
  #kept: Kept | undefined;

  constructor(options: ExposerOptions) {
    this.#options = options;
  }

  /** The exposition of now. */
  async bytes(format: Format, isGzip: boolean): Promise<Bytes> {
    const kept = this.#current();
    const key = `${format} ${isGzip}`;
    const known = kept.texts.get(key) ?? this.#make(format, isGzip);
    kept.texts.set(key, known);
    const families: Families = new Map();
    addSamples(families, await this.#options.ownSamples(kept.omitted));
    const own = withoutEnd(render(families, format), format);
    const bytes = await known;
    return isGzip ? gzipWithPrefix(own, bytes) : (Buffer.concat([own, bytes]) as unknown as Bytes);
  }

  #current(): Kept {
    const { version } = this.#options.snapshot();
    if (this.#kept?.version !== version)
      this.#kept = { version, omitted: { devices: 0, routes: 0, families: 0 }, texts: new Map() };
    return this.#kept;
  }

  async #make(format: Format, isGzip: boolean): Promise<Bytes> {
    const kept = this.#kept!;
    const { families, omitted, problems } = expositionOf(this.#options.snapshot(), this.#options);
    Object.assign(kept.omitted, omitted);
    this.#options.report(problems);
    const bytes = render(families, format);
    return isGzip ? await this.#options.gzip(bytes) : bytes;
  }
}

const END = "# EOF\n";

/** An exposition without what ends one, for another to follow. */
function withoutEnd(bytes: Bytes, format: Format): Bytes {
  return format === "openmetrics" ? bytes.subarray(0, bytes.length - END.length) : bytes;
}
