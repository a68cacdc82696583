import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a faulty server does with a connection on which a request has come. */
export type Fault = (socket: Socket) => void;

/** A Unix socket whose server does not keep to the rules. No HTTP library would send what it sends. */
export class FaultySocket implements AsyncDisposable {
  readonly socketPath: string;
  readonly #directory = mkdtempSync(join(tmpdir(), "tsmon-faulty-"));
  readonly #sockets = new Set<Socket>();
  readonly #server;

  private constructor(fault: Fault) {
    this.socketPath = join(this.#directory, "tailscaled.sock");
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // the client hangs up on most faults
      socket.on("close", () => this.#sockets.delete(socket));
      socket.once("data", () => fault(socket));
    });
  }

  /** A server with this fault, which listens. */
  static async start(fault: Fault): Promise<FaultySocket> {
    const faulty = new FaultySocket(fault);
    faulty.#server.listen(faulty.socketPath);
    await once(faulty.#server, "listening");
    return faulty;
  }

  /** Resolves when the client has closed every connection. */
  async idle(): Promise<void> {
    const open = [...this.#sockets].filter(({ destroyed }) => !destroyed);
    await Promise.all(open.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Headers and body of an answer, complete. */
export function httpAnswer(status: number, body: string, type = "application/json"): string {
  const head = `HTTP/1.1 ${status} Status\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`;
  return `${head}Connection: close\r\n\r\n${body}`;
}

/** Headers of an answer in chunks, and a first chunk. */
export function chunkedStart(body: string): string {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  return `${head}${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n`;
}
