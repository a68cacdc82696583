import { Cursor } from "./cursor.ts";

/** Sums over the sockets of one of the files `tcp`, `tcp6`, `udp` and `udp6`. */
export interface SocketTotals {
  /** Bytes that wait to be sent, or to be acknowledged. */
  readonly transmitBytes: number;
  /** Bytes that wait to be read. */
  readonly receiveBytes: number;
  /** Sockets by the number of their state (`enum` in the kernel's tcp_states.h). */
  readonly states: ReadonlyMap<number, number>;
}

/** Sums of a text such as `net/tcp`; see proc_pid_net(5). One line is one socket, of which a host can have 65535. */
export function sumSockets(text: string, path: string): SocketTotals {
  let transmitBytes = 0;
  let receiveBytes = 0;
  const states = new Map<number, number>();
  const cursor = new Cursor(text, path);
  cursor.nextLine(); // the heading
  while (cursor.nextLine()) {
    cursor.skip(3); // number and both addresses
    const state = cursor.hex();
    states.set(state, (states.get(state) ?? 0) + 1);
    transmitBytes += cursor.hex(":");
    receiveBytes += cursor.hex();
    cursor.skip(4);
    if (!cursor.hasField()) throw cursor.error();
  }
  return { transmitBytes, receiveBytes, states };
}
