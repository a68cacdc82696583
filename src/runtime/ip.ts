const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);

// Not those of node:net, which takes 5 ms of every start to load.

/** Whether a text is an IPv4 address of four decimal numbers. */
export function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

/** Whether a text is an IPv6 address without brackets, as in RFC 4291 2.2; a zone such as `%eth0` may follow. */
export function isIpv6(text: string): boolean {
  const [, address] = /^([\da-f:.]+)(?:%[\w.-]+)?$/i.exec(text) ?? [];
  return address !== undefined && URL.canParse(`http://[${address}]`);
}

/** Whether a text is an IP address. */
export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}
