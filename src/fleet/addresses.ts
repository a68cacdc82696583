/**
 * Whether an address is one that Tailscale gives to nodes: 100.64.0.0/10 without the range of ChromeOS's machines, and
 * fd7a:115c:a1e0::/48. Source: net/tsaddr. Nothing else is ever asked for metrics, whatever an API says.
 */
export function isTailscaleAddress(address: string): boolean {
  const [, second, third, ...rest] = /^100\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.map(Number) ?? [];
  if (second !== undefined && third !== undefined) {
    const isChromeOs = second === 115 && (third === 92 || third === 93);
    const isService = second === 100 && third === 100 && rest[0] === 100;
    return second >= 64 && second <= 127 && third <= 255 && rest[0]! <= 255 && !isChromeOs && !isService;
  }
  return /^fd7a:115c:a1e0:[\da-f:]+$/i.test(address) && !/:53$/.test(address);
}
