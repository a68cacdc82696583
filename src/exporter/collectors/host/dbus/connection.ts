import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import process from "node:process";
import { decodeMessage, ERROR, METHOD_RETURN, type Message, messageLength, type Value } from "./reader.ts";
import { encodeCall, type MethodCall } from "./writer.ts";

/** Longest message that is taken; systemd's list of 10,000 units has 3 MB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Longest line that is taken before messages begin. */
const MAX_LINE_BYTES = 16 * 1024;
/** Calls that wait for an answer at once; further ones wait for their turn. */
const MAX_PENDING = 64;

/** An error that the other side answered. */
export class DBusError extends Error {
  override readonly name = "DBusError";
  /** Such as `org.freedesktop.DBus.Error.UnknownProperty`. */
  readonly errorName: string;

  constructor(errorName: string, text: string) {
    super(text === "" ? errorName : `${text} (${errorName})`);
    this.errorName = errorName;
  }
}

interface Waiting {
  readonly call: MethodCall;
  readonly resolve: (body: readonly Value[]) => void;
  readonly reject: (error: Error) => void;
}

/** A connection to a message bus, or to a service itself, that is used for method calls only. */
export class DBusConnection {
  readonly #socket: Socket;
  readonly #path: string;
  readonly #pending = new Map<number, Waiting>();
  readonly #queue: Waiting[] = [];
  #serial = 0;
  #isFlushing = false;
  #buffer: Uint8Array = new Uint8Array(0);
  #failure: Error | undefined;
  /** Takes the lines before messages begin. */
  #onLine: ((line: string) => void) | undefined;
  #rejectLine: ((error: Error) => void) | undefined;

  private constructor(path: string, socket: Socket, signal: AbortSignal) {
    this.#path = path;
    this.#socket = socket;
    this.#socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#fail(error.code ?? error.message, error));
    this.#socket.on("close", () => this.#fail("closed by the other side"));
    const abort = () => this.#fail("no answer in time");
    signal.addEventListener("abort", abort, { once: true });
    this.#socket.on("close", () => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  }

  /**
   * Connects to a Unix socket as the user of this process, until the signal aborts.
   *
   * @throws {Error} If that fails, with the system's `code` where it has one.
   */
  static async open(path: string, { isBus, signal }: { isBus: boolean; signal: AbortSignal }): Promise<DBusConnection> {
    const { createConnection } = await import("node:net"); // here, because it takes milliseconds of every start
    const connection = new DBusConnection(path, createConnection({ path }), signal);
    try {
      await connection.#authenticate();
      if (isBus) await connection.call({ ...BUS, member: "Hello" });
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /**
   * What a method answers.
   *
   * @throws {DBusError} If it answers an error.
   * @throws {Error} If the connection is lost, or nothing sensible comes in time.
   */
  call(call: MethodCall): Promise<readonly Value[]> {
    if (this.#failure) return Promise.reject(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<readonly Value[]>();
    this.#queue.push({ call, resolve, reject });
    this.#flushSoon();
    return promise;
  }

  /** Ends the connection. What still waits for an answer is rejected. */
  close(): void {
    this.#fail("closed");
  }

  /** "Authentication Protocol" of the specification: the kernel tells the other side who we are. */
  async #authenticate(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    if (this.#failure) throw this.#failure;
    this.#onLine = resolve;
    this.#rejectLine = reject;
    const uid = Buffer.from(String(process.getuid?.() ?? 0)).toString("hex");
    this.#socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    const line = await promise;
    if (!line.startsWith("OK ")) throw new Error(`Cannot ask ${this.#path}: it does not admit this user`);
    this.#socket.write("BEGIN\r\n");
  }

  /** Calls that are made at once go out in one piece. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      const messages: Uint8Array[] = [];
      while (this.#pending.size < MAX_PENDING && this.#queue.length > 0) {
        const waiting = this.#queue.shift()!;
        this.#pending.set(++this.#serial, waiting);
        messages.push(encodeCall(waiting.call, this.#serial));
      }
      if (messages.length > 0 && !this.#failure) this.#socket.write(Buffer.concat(messages));
    });
  }

  #receive(chunk: Uint8Array): void {
    if (this.#failure) return;
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    try {
      if (this.#onLine) this.#takeLine(this.#onLine);
      if (!this.#onLine) this.#takeMessages();
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #takeLine(onLine: (line: string) => void): void {
    const end = this.#buffer.indexOf(10);
    if (end < 0) {
      if (this.#buffer.length > MAX_LINE_BYTES) throw new Error("this is not D-Bus");
      return;
    }
    const line = new TextDecoder().decode(this.#buffer.subarray(0, end)).trim();
    this.#buffer = this.#buffer.subarray(end + 1);
    this.#onLine = undefined;
    onLine(line);
  }

  #takeMessages(): void {
    for (;;) {
      const length = messageLength(this.#buffer, MAX_MESSAGE_BYTES);
      if (length === undefined || this.#buffer.length < length) return;
      const message = decodeMessage(this.#buffer.subarray(0, length));
      this.#buffer = this.#buffer.subarray(length);
      this.#settle(message);
    }
  }

  /** Signals, and calls to us, are not answered. */
  #settle({ type, replySerial = 0, errorName = "", body }: Message): void {
    const waiting = this.#pending.get(replySerial);
    if (!waiting || (type !== METHOD_RETURN && type !== ERROR)) return;
    this.#pending.delete(replySerial);
    if (this.#queue.length > 0) this.#flushSoon();
    if (type === METHOD_RETURN) waiting.resolve(body);
    else waiting.reject(new DBusError(errorName, typeof body[0] === "string" ? body[0] : ""));
  }

  #fail(reason: string, cause?: NodeJS.ErrnoException): void {
    if (this.#failure) return;
    const error = new Error(`Cannot ask ${this.#path}: ${reason}`, { cause });
    this.#failure = cause?.code === undefined ? error : Object.assign(error, { code: cause.code });
    this.#socket.destroy();
    this.#buffer = new Uint8Array(0);
    this.#rejectLine?.(this.#failure);
    for (const { reject } of [...this.#pending.values(), ...this.#queue]) reject(this.#failure);
    this.#pending.clear();
    this.#queue.length = 0;
  }
}

const BUS = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
};
