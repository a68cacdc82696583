import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { readText, readTextOrAbsent } from "./files.ts";
import { type SocketTotals, sumSockets } from "./sockets.ts";
import type { HostSource } from "./source.ts";

const STATES = gauge("node_tcp_connection_states", "Number of connection states.", ["state"]);

/** Names of the states by number, from 1 (the kernel's tcp_states.h). */
const NAMES = [
  "unknown",
  "established",
  "syn_sent",
  "syn_recv",
  "fin_wait1",
  "fin_wait2",
  "time_wait",
  "close",
  "close_wait",
  "last_ack",
  "listen",
  "closing",
];

/**
 * TCP sockets by state and the bytes in their queues, from `net/tcp` and `net/tcp6` in procfs.
 *
 * node_exporter asks netlink (sock_diag(7)), always in its own network namespace; this falls back to that where there
 * is no such file. The two differ in one number: netlink gives the limit of a listening socket's backlog as its
 * transmit queue, which node_exporter adds to `tx_queued_bytes`, and procfs does not have it. For each of the files the
 * kernel walks its table of connections, which takes milliseconds on hosts with much memory.
 */
export function tcpstat(): Collector<HostSource> {
  return {
    name: "tcpstat",
    metrics: () => [STATES],
    collect({ paths, ownPaths }) {
      const text = readTextOrAbsent(`${paths.procfs}/net/tcp`);
      const { procfs } = text === undefined ? ownPaths : paths;
      const totals = [sumSockets(text ?? readText(`${procfs}/net/tcp`), "net/tcp")];
      const text6 = readTextOrAbsent(`${procfs}/net/tcp6`);
      if (text6 !== undefined) totals.push(sumSockets(text6, "net/tcp6"));
      return [...byState(totals)].map(([state, value]) => STATES.sample(value, { state }));
    },
  };
}

/** Values by label. States that no socket is in are absent, and with no socket so are the queues. */
function byState(totals: readonly SocketTotals[]): Map<string, number> {
  const values = new Map<string, number>();
  const add = (state: string, value: number) => values.set(state, (values.get(state) ?? 0) + value);
  for (const { states, transmitBytes, receiveBytes } of totals) {
    if (states.size === 0) continue;
    for (const [state, sockets] of states) add(NAMES[state] ?? "unknown", sockets);
    add("tx_queued_bytes", transmitBytes);
    add("rx_queued_bytes", receiveBytes);
  }
  return values;
}
