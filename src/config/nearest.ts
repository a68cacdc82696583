/** The name that a misspelt one probably means; undefined when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const shared = sharedSegments(name, candidate);
    const distance = editDistance(name.slice(shared), candidate.slice(shared));
    if (distance >= bestDistance || distance > tolerance(name.length - shared)) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Slips allowed in so many letters. Segments that agree do not count: every collector shares `collector.`. */
function tolerance(letters: number): number {
  return letters < 3 ? 0 : Math.min(3, Math.max(1, Math.floor(letters / 4)));
}

/** Length of the leading segments, of `web.listen` or `TSMON_AGENT_WEB_LISTEN`, that two names share. */
function sharedSegments(a: string, b: string): number {
  let end = 0;
  for (let at = 0; at < a.length && a[at] === b[at]; at++) {
    if (a[at] === "." || a[at] === "_") end = at + 1;
  }
  return end;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(from: string, to: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        previous[column]! + 1,
        current[column - 1]! + 1,
        previous[column - 1]! + Number(!same),
        swapped ? older[column - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [older, previous] = [previous, current];
  }
  return previous[to.length]!;
}
