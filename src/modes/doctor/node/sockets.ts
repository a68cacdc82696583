/** State LISTEN of the kernel's TCP tables (include/net/tcp_states.h). */
const LISTEN = "0A";

/** IP addresses on which something listens on a port, from the text of /proc/net/tcp or tcp6 (proc_net_tcp(5)). */
export function listenersOn(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state] = line.trim().split(/\s+/);
      const [address = "", localPort] = local.split(":");
      return state === LISTEN && localPort === wanted ? [addressOf(address)] : [];
    });
}

/** Addresses are words of four bytes in the processor's order, which is little-endian wherever this runs. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => `${bytes[2 * i]}${bytes[2 * i + 1]}`.toLowerCase());
  // The URL class shortens it as people write it.
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
