const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|[ywdhms]))+$/;
const SECONDS_OF: Readonly<Record<string, number>> = {
  y: 31_536_000,
  w: 604_800,
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  ms: 1e-3,
};

const SIZE = /^(\d+(?:\.\d+)?) ?([kKMGT]i?)?B?$/;
const EXPONENT_OF = { "": 0, K: 1, M: 2, G: 3, T: 4 };

const DECIMAL = /^\d+(?:\.\d+)?$/;

/**
 * Seconds of a duration such as `5s`, `1m30s`, `1.5h` or `500ms`, or of a bare number of seconds; undefined for anything else.
 *
 * Takes what Prometheus takes (`ParseDuration` of prometheus/common `model/time.go`) and what Go's `time.ParseDuration` does,
 * down to milliseconds.
 */
export function parseSeconds(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  if (!DURATION.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-z]+)/g)) seconds += Number(amount) * SECONDS_OF[unit!]!;
  return seconds;
}

/** Bytes of a size such as `50MiB`, `64kB` or `1048576`; undefined for anything else. `k` is 1000, `Ki` is 1024. */
export function parseBytes(text: string): number | undefined {
  const [, amount, prefix = ""] = SIZE.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const base = prefix.endsWith("i") ? 1024 : 1000;
  const exponent = EXPONENT_OF[prefix.charAt(0).toUpperCase() as keyof typeof EXPONENT_OF];
  const bytes = Number(amount) * base ** exponent;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
