import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

type Handler = (response: ServerResponse, request: IncomingMessage) => void;

/** The Tailscale API and Headscale's, as far as devices are concerned. Fields as in the API's own description. */
export class FakeApi implements AsyncDisposable {
  devices: Record<string, unknown>[] = [];
  nodes: Record<string, unknown>[] = [];
  /** Tokens that are good. An OAuth client gets a new one for each question. */
  readonly tokens = new Set(["tskey-api-good"]);
  readonly seen: string[] = [];
  /** Answers all but tokens in another way while it is set. */
  fault: Handler | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  private constructor() {
    this.#server.on("connection", (socket: Socket) => this.#sockets.add(socket));
  }

  static async start(): Promise<FakeApi> {
    const api = new FakeApi();
    api.#server.listen(0, "127.0.0.1");
    await once(api.#server, "listening");
    return api;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "", headers } = request;
    this.seen.push(`${method} ${url}`);
    if (url === "/api/v2/oauth/token") return await this.#token(request, response);
    if (this.fault) return this.fault(response, request);
    if (!this.tokens.has(headers.authorization?.replace("Bearer ", "") ?? "")) {
      return send(response, 401, { message: "API token invalid" });
    }
    const id = /^\/api\/v2\/device\/(.*)$/.exec(url)?.[1];
    if (id !== undefined) {
      const device = this.devices.find(({ nodeId }) => nodeId === decodeURIComponent(id));
      return device ? send(response, 200, device) : send(response, 404, { message: "no such device" });
    }
    if (url === "/api/v2/tailnet/-/devices") return send(response, 200, { devices: this.devices });
    if (url === "/api/v1/node") return send(response, 200, { nodes: this.nodes });
    send(response, 404, { message: "tailnet not found" });
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const isGood = form.get("client_id") === "client" && form.get("client_secret") === "tskey-client-good";
    if (!isGood || form.get("grant_type") !== "client_credentials") return send(response, 401, { message: "no" });
    const token = `token-${this.tokens.size}`;
    this.tokens.add(token);
    send(response, 200, { access_token: token, token_type: "Bearer", expires_in: 3600, scope: "devices:core:read" });
  }
}

export function send(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(value));
}

/** A device as the Tailscale API has it, by its number. */
export function apiDevice(number: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    addresses: [`127.0.1.${number}`, `fd7a:115c:a1e0:ac82:4843:ca90:697d:${number.toString(16)}`],
    id: `9296023038${number}`,
    nodeId: `n${number}CNTRL`,
    user: "amelie@example.com",
    name: `host-${number}.tailfe8c.ts.net`,
    hostname: `host-${number}`,
    clientVersion: "1.96.2-t0123456-g0123456",
    updateAvailable: false,
    os: "linux",
    created: "2022-12-01T05:23:30Z",
    connectedToControl: true,
    keyExpiryDisabled: false,
    expires: "2023-05-30T04:44:05Z",
    authorized: true,
    isExternal: false,
    machineKey: "",
    nodeKey: "nodekey:01234567890abcdef",
    blocksIncomingConnections: false,
    isEphemeral: false,
    tailnetLockError: "",
    tailnetLockKey: "nlpub:0123",
    ...more,
  };
}

/** A node as Headscale's API v1 has it, by its number. */
export function headscaleNode(number: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: `${number}`,
    machineKey: "mkey:0",
    nodeKey: "nodekey:0",
    discoKey: "discokey:0",
    ipAddresses: [`127.0.1.${number}`, `fd7a:115c:a1e0::${number}`],
    name: `Host ${number}`,
    user: { id: "1", name: "amelie", createdAt: "2026-01-01T00:00:00Z", email: "", displayName: "" },
    lastSeen: "2026-01-01T00:00:00Z",
    expiry: null,
    preAuthKey: null,
    createdAt: "2026-01-01T00:00:00Z",
    registerMethod: "REGISTER_METHOD_CLI",
    givenName: `host-${number}`,
    online: true,
    approvedRoutes: [],
    availableRoutes: [],
    subnetRoutes: [],
    tags: [],
    ...more,
  };
}
