/** Numbers from 0 to 1 that look random and are the same for the same seed (xorshift32). */
export function randomOf(seed: number): () => number {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e37_79b9) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** One of several, the first ones more often. */
export function pick<Item>(random: () => number, items: readonly Item[]): Item {
  return items[Math.floor(random() ** 2 * items.length)]!;
}
