/** Resolves when what waits has run. To be awaited now and then in work on thousands of entries, of which a scrape may be waiting. */
export function othersTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
