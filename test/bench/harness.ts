/** One line of the result: what was measured, beside what. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: "ms" | "MB";
  /** Absent for a size, which has nothing beside it. */
  readonly reference?: Reference;
  /** Absent where the figure is for information. */
  readonly target?: Target;
}

/** What stands beside a figure, in the row's unit. */
export interface Reference {
  readonly name: string;
  readonly value: number;
}

/** What a figure is to be at most. */
export interface Target {
  /** As it reads in the result: "at most half". */
  readonly text: string;
  /** The same as a number, in the row's unit. */
  readonly limit: number;
}

/** What measures one subject once, in the row's unit. */
export type Measure = () => Promise<number> | number;

/**
 * Median of each subject's figures over rounds in which all take turns, in alternating order so that none is always the
 * one that follows the other. Warm-up rounds come first and do not count.
 */
export async function interleave<Name extends string>(
  subjects: Readonly<Record<Name, Measure>>,
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
): Promise<Record<Name, number>> {
  const entries = Object.entries<Measure>(subjects);
  const figures = new Map<string, number[]>(entries.map(([name]) => [name, []]));
  for (let round = -warmUps; round < rounds; round++) {
    for (const [name, measure] of round % 2 === 0 ? entries : entries.toReversed()) {
      const figure = await measure();
      if (round >= 0) figures.get(name)!.push(figure);
    }
  }
  return Object.fromEntries(entries.map(([name]) => [name, median(figures.get(name)!)])) as Record<Name, number>;
}

/** A {@linkcode Measure} of the milliseconds that `work` takes. It returns how many bytes it made, which nothing may skip. */
export function durationOf(work: () => Promise<number> | number): Measure {
  return async () => {
    const startedMs = performance.now();
    const bytes = await work();
    const durationMs = performance.now() - startedMs;
    if (!(bytes > 0)) throw new Error("Cannot measure work: it made nothing");
    return durationMs;
  };
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
