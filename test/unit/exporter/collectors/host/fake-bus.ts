import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { decodeMessage, messageLength } from "../../../../../src/exporter/collectors/host/dbus/reader.ts";

/** Answers of a real systemd, as they came over its message bus, by call: path, member and arguments. */
const RECORDED: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("../../../../fixtures/systemd/252.json", import.meta.url), "utf8"),
);

/** What it answered when it was asked for a property that it does not have. */
export const UNKNOWN_PROPERTY = "/org/freedesktop/systemd1 Get org.freedesktop.systemd1.Manager Nothing";

/** What a test makes of the bus. */
export interface FakeBusOptions {
  /** Answer to the authentication. */
  readonly greeting?: string;
  /** Replaces the answer to a call: by bytes, or by that to another call; undefined leaves it, null answers nothing. */
  readonly answer?: (call: string, recorded: Buffer) => Uint8Array | string | null | undefined;
}

/** A message bus on a Unix socket that answers as systemd 252 did when it was recorded. */
export class FakeBus {
  /** Calls in the order in which they came. */
  readonly calls: string[] = [];
  /** Most calls that were sent before the first of them was answered. */
  mostAtOnce = 0;
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(path: string, options: FakeBusOptions = {}) {
    this.path = path;
    this.#server = createServer((socket) => this.#serve(socket, options));
  }

  /** Listens. */
  start(): Promise<this> {
    return new Promise((resolve) => {
      this.#server.listen(this.path, () => resolve(this));
    });
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #serve(socket: Socket, { greeting = "OK 1234deadbeef\r\n", answer }: FakeBusOptions): void {
    let buffer = Buffer.alloc(0);
    let begun = false;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      if (!begun) {
        const begin = buffer.indexOf("BEGIN\r\n");
        if (begin < 0) return void socket.write(greeting);
        buffer = buffer.subarray(begin + "BEGIN\r\n".length);
        begun = true;
      }
      const replies: Uint8Array[] = [];
      let calls = 0;
      for (;;) {
        const length = messageLength(buffer, 1e6);
        if (length === undefined || buffer.length < length) break;
        const message = buffer.subarray(0, length);
        buffer = buffer.subarray(length);
        calls++;
        const call = callOf(message);
        this.calls.push(call);
        const serial = message.readUInt32LE(8);
        const recorded = recordedReply(call, serial);
        const reply = answer?.(call, recorded);
        if (reply === null) continue;
        if (reply === undefined) replies.push(recorded);
        else replies.push(typeof reply === "string" ? recordedReply(reply, serial) : reply);
      }
      this.mostAtOnce = Math.max(this.mostAtOnce, calls);
      if (replies.length > 0) socket.write(Buffer.concat(replies));
    });
  }
}

/** A call as the recording names it. Texts of the header are a path and names, of which two are told. */
function callOf(message: Buffer): string {
  const header = message.subarray(16, 16 + message.readUInt32LE(12)).toString("latin1");
  const text = (code: string, type: string) => {
    const at = header.indexOf(`${code}\x01${type}\0`);
    const length = header.charCodeAt(at + 4);
    return header.slice(at + 8, at + 8 + length);
  };
  return [text("\x01", "o"), text("\x03", "s"), ...decodeMessage(message).body].join(" ");
}

/** A recorded answer with the serial number of the call that it is to answer. */
function recordedReply(call: string, serial: number): Buffer {
  const reply = Buffer.from(RECORDED[call] ?? RECORDED[UNKNOWN_PROPERTY]!, "base64");
  const at = reply.indexOf(Buffer.from([5, 1, "u".charCodeAt(0), 0]), 16);
  reply.writeUInt32LE(serial, at + 4);
  return reply;
}
