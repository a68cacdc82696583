import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { demoAnswers } from "../../../src/fleet/demo/tailnet.ts";

/** Answers a request in place of the fake. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void;

/** Tailscale's API, or Headscale's, as far as reading is concerned. */
export class FakeControl implements AsyncDisposable {
  /** Answers by path below `/api/v2/tailnet/{tailnet}`, or by the whole path where it is another. */
  readonly answers: Record<string, unknown>;
  /** Paths that were asked for, with their query, in order. */
  readonly requests: string[] = [];
  /** Authorization headers in the same order. */
  readonly authorizations: string[] = [];
  /** What the token endpoint gives; each may be used until it is taken from {@linkcode validTokens}. */
  token = "token-1";
  expiresIn = 3600;
  readonly validTokens = new Set(["token-1", "tskey-api-good"]);
  readonly #faults = new Map<string, Fault>();
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => this.#serve(request, response));

  private constructor(answers: Record<string, unknown>) {
    this.answers = answers;
    this.#server.on("connection", (socket) => this.#sockets.add(socket));
  }

  /** One that listens on loopback, with a generated tailnet. */
  static async start(devices: number, more: Record<string, unknown> = {}): Promise<FakeControl> {
    const fake = new FakeControl({ ...demoAnswers(devices, Date.now()), ...more });
    fake.#server.listen(0, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Answers a path by a fault until {@linkcode heal}. `*` is every path. */
  fail(path: string, fault: Fault | number): void {
    this.#faults.set(path, typeof fault === "function" ? fault : (_, response) => response.writeHead(fault).end("{}"));
  }

  heal(): void {
    this.#faults.clear();
  }

  /** Number of requests whose path ends so. */
  count(path: string): number {
    return this.requests.filter((url) => url.split("?")[0]!.endsWith(path)).length;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? "";
    this.requests.push(url);
    this.authorizations.push(request.headers.authorization ?? "");
    const path = url.split("?")[0]!;
    const name = path.replace(/^\/api\/v2\/tailnet\/[^/]+/, "");
    const fault = this.#faults.get(name) ?? this.#faults.get("*");
    if (fault) fault(request, response);
    else if (path === "/api/v2/oauth/token") void this.#grant(request, response);
    else if (!this.validTokens.has((request.headers.authorization ?? "").replace("Bearer ", ""))) {
      response.writeHead(401).end('{"message":"API token invalid"}');
    } else if (!Object.hasOwn(this.answers, name)) response.writeHead(404).end('{"message":"not found"}');
    else response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(this.answers[name]));
  }

  async #grant(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    if (form.get("client_id") !== "id-1" || form.get("client_secret") !== "tskey-client-good") {
      response.writeHead(401).end('{"message":"invalid client"}');
      return;
    }
    this.validTokens.add(this.token);
    response.end(JSON.stringify({ access_token: this.token, token_type: "Bearer", expires_in: this.expiresIn }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
