import { Cursor } from "./cursor.ts";

/** A real server behind a virtual one. */
export interface Backend {
  readonly labels: {
    readonly local_address: string;
    readonly local_port: string;
    readonly local_mark: string;
    readonly remote_address: string;
    readonly remote_port: string;
    readonly proto: string;
  };
  readonly counts: { readonly active: number; readonly inactive: number; readonly weight: number };
}

/** What the lines of a virtual server's backends have in common. */
type Service = Omit<Backend["labels"], "remote_address" | "remote_port">;

/** Backends of a text such as `ip_vs` (`ip_vs_info_seq_show` of the kernel). Those of SCTP services are left out. */
export function parseBackends(text: string): Backend[] {
  const backends: Backend[] = [];
  const cursor = new Cursor(text, "net/ip_vs");
  let service: Service | undefined;
  while (cursor.nextLine()) {
    const kind = cursor.field();
    if (kind === "") continue;
    if (kind !== "->") service = parseService(kind, cursor);
    else if (service) backends.push(parseBackend(service, cursor));
  }
  return backends;
}

function parseService(proto: string, cursor: Cursor): Service | undefined {
  const name = cursor.field();
  if (proto === "FWM") return { proto, local_mark: name, local_address: "", local_port: "0" };
  if (proto !== "TCP" && proto !== "UDP") return undefined;
  const { address, port } = parseEndpoint(name, cursor);
  return { proto, local_mark: "", local_address: address, local_port: port };
}

function parseBackend(service: Service, cursor: Cursor): Backend {
  const { address, port } = parseEndpoint(cursor.field(), cursor);
  cursor.skip(1); // how packets are forwarded
  const [weight, active, inactive] = [cursor.unsigned(), cursor.unsigned(), cursor.unsigned()];
  return { labels: { ...service, remote_address: address, remote_port: port }, counts: { active, inactive, weight } };
}

/** An address and a port such as `C0A80016:0CEA` or `[2620:0000:0000:0000:0000:0000:0000:0001]:0050`. */
function parseEndpoint(text: string, cursor: Cursor): { address: string; port: string } {
  const [, ipv4, ipv6, port] = /^(?:([\da-f]{8})|\[([\da-f:.]{39})\]):([\da-f]{4})$/i.exec(text) ?? [];
  const address = ipv4 ? formatIpv4(ipv4) : formatIpv6(ipv6 ?? "");
  if (address === undefined) throw cursor.error();
  return { address, port: `${Number(`0x${port}`)}` };
}

function formatIpv4(hex: string): string {
  return [0, 2, 4, 6].map((at) => Number(`0x${hex.slice(at, at + 2)}`)).join(".");
}

/** The address in its short form (RFC 5952); undefined when it is none. */
function formatIpv6(address: string): string | undefined {
  return URL.parse(`http://[${address}]`)?.hostname.slice(1, -1);
}
