import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { sendJson } from "../fake-tailscaled.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Something on a loopback address that answers as an agent does. */
export class FakeAgent implements AsyncDisposable {
  /** What it advertises. */
  exporters: unknown;
  readonly requests: string[] = [];
  readonly #overrides = new Map<string, Handler>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => this.#serve(request, response));

  private constructor(exporters: unknown) {
    this.exporters = exporters;
    this.#server.on("connection", (socket: Socket) => this.#sockets.add(socket));
  }

  /** One that listens; port 0 is any. */
  static async start(host: string, port: number, exporters: unknown = [exporter("tsmon")]): Promise<FakeAgent> {
    const agent = new FakeAgent(exporters);
    agent.#server.listen(port, host);
    await once(agent.#server, "listening");
    return agent;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Answers a path in another way from now on. */
  override(path: string, handler: Handler): void {
    this.#overrides.set(path, handler);
  }

  /** Answers every path as at the start again. */
  restore(): void {
    this.#overrides.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { url = "" } = request;
    this.requests.push(url);
    const handler = this.#overrides.get(url);
    if (handler) handler(request, response);
    else if (url === "/.well-known/tsmon") {
      sendJson(response, { version: "0.1.0", node: "n1CNTRL", exporters: this.exporters });
    } else {
      response.setHeader("Content-Type", "text/plain; version=0.0.4");
      response.end(`# from ${url}\nup 1\n`);
    }
  }
}

/** An exporter as agents advertise it. */
export function exporter(name: string, labels: Readonly<Record<string, string>> = {}) {
  return { name, path: name === "tsmon" ? "/metrics" : `/proxy/${name}`, labels };
}
