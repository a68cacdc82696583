import { openLibc } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2_000_000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const CLOCK_MONOTONIC = 1;

/** Most bytes of `sun_path`, unix(7). */
const MAX_PATH_BYTES = 108;

/** Where a service manager listens for datagrams. */
export interface NotifySocket {
  /** Sends one datagram; false when it was not taken, most often because the other side's queue is full. */
  send(text: string): boolean;
  /** Time of CLOCK_MONOTONIC in microseconds, which `process.hrtime` is not: it counts from the start of the process. */
  monotonicMicroseconds(): bigint;
}

/**
 * A socket that sends to `address`: an absolute path, or `@` and a name for one in the abstract namespace, unix(7).
 *
 * By the C library, since no runtime has datagrams on Unix sockets.
 *
 * @throws {RangeError} If the address is of another kind or too long.
 * @throws {Error} If there is no C library or no socket to be had.
 */
export function openNotifySocket(address: string): NotifySocket {
  const target = socketAddress(address);
  const libc = openLibc({
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
    clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  });
  const descriptor = Number(libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (descriptor < 0)
    throw new Error("Cannot open a Unix socket: the system refuses one (is RestrictAddressFamilies set?)");
  return {
    send(text) {
      const bytes = new TextEncoder().encode(text);
      const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      return Number(libc.sendto(descriptor, bytes, bytes.length, flags, target, target.length)) === bytes.length;
    },
    monotonicMicroseconds() {
      const timespec = new BigInt64Array(2);
      libc.clock_gettime(CLOCK_MONOTONIC, new Uint8Array(timespec.buffer));
      return timespec[0]! * 1_000_000n + timespec[1]! / 1000n;
    },
  };
}

/** A `struct sockaddr_un`, as long as its path says. The processors that we run on are all little-endian. */
export function socketAddress(address: string): Uint8Array<ArrayBuffer> {
  const path = new TextEncoder().encode(address);
  const isAbstract = address.startsWith("@");
  if (!isAbstract && !address.startsWith("/"))
    throw new RangeError(`${JSON.stringify(address)} is not a Unix socket: expected an absolute path, or @ and a name`);
  // A path needs its final zero; an abstract name is as long as the address says.
  if (path.length + (isAbstract ? 0 : 1) > MAX_PATH_BYTES || path.length < 2)
    throw new RangeError(`${JSON.stringify(address)} is no name of a Unix socket: expected 2 to 107 bytes`);
  const bytes = new Uint8Array(2 + path.length + (isAbstract ? 0 : 1));
  bytes[0] = AF_UNIX;
  bytes.set(path, 2);
  if (isAbstract) bytes[2] = 0;
  return bytes;
}
