const DURATION =
  /^(?:(?<y>\d+)y)?(?:(?<w>\d+)w)?(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?(?:(?<ms>\d+)ms)?$/;
const MILLISECONDS_OF = { y: 31_536_000_000, w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

const SIZE = /^(\d+(?:\.\d+)?) ?([kKMGT]i?)?B?$/;
const EXPONENT_OF = { "": 0, K: 1, M: 2, G: 3, T: 4 };

const DECIMAL = /^\d+(?:\.\d+)?$/;

/**
 * Seconds of a duration such as `5s`, `1m30s` or `500ms`, or of a bare number of seconds; undefined for anything else.
 *
 * Units and their order are those of Prometheus (`ParseDuration` of prometheus/common `model/time.go`).
 */
export function parseSeconds(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const units = DURATION.exec(text)?.groups;
  if (text === "" || units === undefined) return undefined;
  let milliseconds = 0;
  for (const [unit, factor] of Object.entries(MILLISECONDS_OF)) milliseconds += Number(units[unit] ?? 0) * factor;
  return milliseconds / 1000;
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
