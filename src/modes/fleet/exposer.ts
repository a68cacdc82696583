import { Buffer } from "node:buffer";
import { addSamples, type Families } from "../../exporter/gather.ts";
import { gzipWithPrefix } from "../../exporter/gzip-prefix.ts";
import type { Sample } from "../../exporter/metric.ts";
import { type Format, render } from "../../exporter/render.ts";
import { type ExpositionOptions, expositionOf, type Omitted } from "../../fleet/exposition.ts";
import type { Snapshot } from "../../fleet/snapshot.ts";
import { releaseMemorySoon } from "../../runtime/memory.ts";
import { monotonicSeconds } from "../shared/clock.ts";

/** What an exposer makes its text from. */
export interface ExposerOptions extends ExpositionOptions {
  readonly snapshot: () => Snapshot;
  /** Series of this moment, few and not of the snapshot. */
  readonly ownSamples: (omitted: Omitted) => Promise<readonly Sample[]>;
  /** Compresses a text in pieces, small or of many megabytes. */
  readonly gzip: (pieces: readonly Uint8Array[]) => Promise<Bytes>;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A form in which the text is asked for. */
interface Form {
  readonly format: Format;
  readonly isGzip: boolean;
}

/** What Prometheus asks for. */
const PROMETHEUS: Form = { format: "openmetrics", isGzip: true };

function keyOf({ format, isGzip }: Form): string {
  return `${format} ${isGzip}`;
}

/** The text of one snapshot, in the forms that were asked for. */
interface Kept {
  readonly version: number;
  /** Whether the devices of every tailnet were known. */
  readonly isWhole: boolean;
  readonly omitted: Omitted;
  readonly texts: ReadonlyMap<string, Bytes>;
}

/** How long a form that nobody asks for is made, in seconds. */
const IDLE_SECONDS = 600;
/** How long changes are gathered before the text is made anew, in seconds. */
const PAUSE_SECONDS = 0.2;
/** How far behind a change an answer may be while the new text is made, in seconds. */
const BEHIND_SECONDS = 15;
/** A text of more bytes than this is worth the time that giving back its memory takes. */
const LARGE_BYTES = 1024 * 1024;

/**
 * Metrics of the newest snapshot. Its text is made when the snapshot changes, and not by the scrape, in the forms that are
 * asked for; every scrape puts a small one of its own before it.
 */
export class Exposer {
  readonly #options: ExposerOptions;
  /** When each form was last asked for. Prometheus's is made before it asks. */
  readonly #asked = new Map([[keyOf(PROMETHEUS), { ...PROMETHEUS, atSeconds: monotonicSeconds() }]]);
  #kept: Kept | undefined;
  #making: Promise<void> | undefined;
  #changedAtSeconds = 0;

  constructor(options: ExposerOptions) {
    this.#options = options;
  }

  /** Takes note that the snapshot has changed. */
  changed(): void {
    if (this.#kept && !this.#making) this.#changedAtSeconds = monotonicSeconds();
    const isAsked = [...this.#asked.values()].some(({ atSeconds }) => monotonicSeconds() - atSeconds < IDLE_SECONDS);
    if (isAsked) void this.#follow();
  }

  /** Makes the text; a change that comes meanwhile leads to one more. */
  async #follow(): Promise<void> {
    try {
      await this.#make(PAUSE_SECONDS);
    } catch {
      return; // the scrape that tries again tells of it
    }
    if (this.#kept?.version !== this.#options.snapshot().version) this.changed();
  }

  /** The exposition of now. */
  async bytes(format: Format, isGzip: boolean): Promise<Bytes> {
    const key = keyOf({ format, isGzip });
    this.#asked.set(key, { format, isGzip, atSeconds: monotonicSeconds() });
    let text = this.#current(key);
    while (text === undefined) {
      await this.#make(0);
      text = this.#current(key);
    }
    const families: Families = new Map();
    addSamples(families, await this.#options.ownSamples(this.#kept!.omitted));
    const own = withoutEnd(render(families, format), format);
    return isGzip ? gzipWithPrefix(own, text) : joined([own, text]);
  }

  /** The text in a form, unless it is too far behind. */
  #current(key: string): Bytes | undefined {
    const text = this.#kept?.texts.get(key);
    const snapshot = this.#options.snapshot();
    if (this.#kept?.version === snapshot.version) return text;
    // A list that was missing is worth the wait.
    const isWhole = this.#kept?.isWhole === isWholeOf(snapshot);
    return isWhole && monotonicSeconds() - this.#changedAtSeconds < BEHIND_SECONDS ? text : undefined;
  }

  /** One at a time. */
  #make(pauseSeconds: number): Promise<void> {
    this.#making ??= this.#makeNow(pauseSeconds).finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #makeNow(pauseSeconds: number): Promise<void> {
    if (pauseSeconds > 0) await new Promise((resolve) => setTimeout(resolve, pauseSeconds * 1000));
    const snapshot = this.#options.snapshot();
    const { writer, omitted } = await expositionOf(snapshot, this.#options);
    const texts = new Map<string, Bytes>();
    let isLarge = false;
    for (const [key, { format, isGzip, atSeconds }] of this.#asked) {
      if (monotonicSeconds() - atSeconds > IDLE_SECONDS) continue;
      const pieces = writer.pieces(format);
      isLarge ||= pieces.reduce((sum, { length }) => sum + length, 0) > LARGE_BYTES;
      texts.set(key, isGzip ? await this.#options.gzip(pieces) : joined(pieces));
    }
    this.#kept = { version: snapshot.version, isWhole: isWholeOf(snapshot), omitted, texts };
    if (isLarge) releaseMemorySoon(true);
  }
}

function isWholeOf({ tailnets }: Snapshot): boolean {
  return tailnets.every(({ devices }) => devices !== undefined);
}

function joined(pieces: readonly Uint8Array[]): Bytes {
  return Buffer.concat(pieces) as unknown as Bytes;
}

const END = "# EOF\n";

/** An exposition without what ends one, for another to follow. */
function withoutEnd(bytes: Bytes, format: Format): Bytes {
  return format === "openmetrics" ? bytes.subarray(0, bytes.length - END.length) : bytes;
}
