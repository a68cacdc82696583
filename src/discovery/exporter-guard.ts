import type { Advertisement, Exporter } from "./advertisement.ts";

/** What an {@linkcode ExporterGuard} makes of what agents tell. */
export interface AdmittedExporters {
  /** What agents offer and what of theirs is held back, by the id of their device. */
  readonly agents: ReadonlyMap<string, Advertisement>;
  /** Names of those that are held back, by the id of their device. */
  readonly heldBack: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many were held back for long enough, and are so no longer. */
  readonly dropped: number;
}

/** An exporter that its agent no longer offers. */
interface Lost {
  readonly id: string;
  readonly exporter: Exporter;
  readonly sinceSeconds: number;
}

/**
 * Keeps exporters for a while when more of them have vanished than are left. An agent offers what its caller may read, so one
 * mistake in the tailnet's policy takes those of all agents. These are asked one after another: what they lost within that
 * while counts together, and what went first comes back.
 */
export class ExporterGuard {
  readonly #holdSeconds: number;
  #told: ReadonlyMap<string, Advertisement> = new Map();
  #lost: readonly Lost[] = [];
  #held: ReadonlySet<Lost> = new Set();

  constructor(holdSeconds: number) {
    this.#holdSeconds = holdSeconds;
  }

  /**
   * What to serve when agents tell `told`, by the id of their device. Those of other devices are forgotten.
   *
   * @param targets How many targets there are with it, plain ones too.
   * @param nowSeconds Of a clock that does not jump.
   */
  admit(told: ReadonlyMap<string, Advertisement>, targets: number, nowSeconds: number): AdmittedExporters {
    const before = [...this.#told].flatMap(([id, { exporters }]) =>
      exporters.map((exporter): Lost => ({ id, exporter, sinceSeconds: nowSeconds })),
    );
    const missing = [...this.#lost, ...before].filter(({ id, exporter }) => isMissing(exporter, told.get(id)));
    const isOver = ({ sinceSeconds }: Lost) => nowSeconds - sinceSeconds >= this.#holdSeconds;
    const dropped = missing.filter((lost) => isOver(lost) && this.#held.has(lost)).length;
    this.#lost = missing.filter((lost) => !isOver(lost));
    // What one agent alone no longer offers is its owner's wish, unless most of all targets go with it.
    const isOfOne = this.#lost.every(({ id }) => id === this.#lost[0]!.id);
    const left = isOfOne ? targets : [...told.values()].reduce((sum, { exporters }) => sum + exporters.length, 0);
    this.#held = new Set(this.#lost.length > left ? this.#lost : []);
    this.#told = new Map(told);
    return { ...withHeld(told, this.#held), dropped };
  }
}

function isMissing({ name }: Exporter, told: Advertisement | undefined): boolean {
  return told !== undefined && !told.exporters.some((exporter) => exporter.name === name);
}

function withHeld(told: ReadonlyMap<string, Advertisement>, held: Iterable<Lost>) {
  const agents = new Map(told);
  const heldBack = new Map<string, ReadonlySet<string>>();
  for (const [id, lost] of Map.groupBy(held, ({ id }) => id)) {
    const { version, exporters } = told.get(id)!;
    agents.set(id, { version, exporters: [...exporters, ...lost.map(({ exporter }) => exporter)] });
    heldBack.set(id, new Set(lost.map(({ exporter }) => exporter.name)));
  }
  return { agents, heldBack };
}
