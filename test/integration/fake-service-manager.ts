import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLibc } from "../../src/runtime/libc.ts";
import { socketAddress } from "../../src/runtime/notify-socket.ts";
import { eventually } from "../lab/eventually.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

const libc = () =>
  openLibc({
    socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
    bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
    recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
    close: { parameters: ["i32"], result: "i32" },
  });

/** The end of `NOTIFY_SOCKET` that systemd has: a real datagram socket. */
export class FakeServiceManager implements Disposable {
  /** For `NOTIFY_SOCKET`. */
  readonly address: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "tsmon-notify-"));
  readonly #libc = libc();
  readonly #descriptor: number;
  readonly #seen: string[] = [];

  constructor(address?: string) {
    this.address = address ?? join(this.#directory, "notify.sock");
    this.#descriptor = Number(this.#libc.socket(AF_UNIX, SOCK_DGRAM, 0));
    const target = socketAddress(this.address);
    if (Number(this.#libc.bind(this.#descriptor, target, target.length)) !== 0)
      throw new Error(`Cannot bind ${this.address}`);
  }

  /** All datagrams so far. */
  get messages(): string[] {
    const buffer = new Uint8Array(4096);
    for (;;) {
      const length = Number(this.#libc.recv(this.#descriptor, buffer, buffer.length, MSG_DONTWAIT));
      if (length < 0) return [...this.#seen];
      this.#seen.push(new TextDecoder().decode(buffer.subarray(0, length)));
    }
  }

  /** The datagram number `times` that matches. */
  hears(pattern: RegExp, times = 1): Promise<string> {
    return eventually(`${pattern} at the service manager`, () => {
      return this.messages.filter((message) => pattern.test(message))[times - 1];
    });
  }

  [Symbol.dispose](): void {
    this.#libc.close(this.#descriptor);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
