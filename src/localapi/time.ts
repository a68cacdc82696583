/**
 * Unix time in seconds of one of tailscaled's timestamps (RFC 3339 with up to nine fraction digits and any offset).
 *
 * Undefined for Go's zero time (`0001-01-01T00:00:00Z`, which stands for "never"), for anything else before 1970, for an
 * absent value and for text that is not a time. Precise to the millisecond.
 */
export function timestampSeconds(text: string | null | undefined): number | undefined {
  const seconds = Date.parse(text ?? "") / 1000;
  return seconds > 0 ? seconds : undefined;
}
