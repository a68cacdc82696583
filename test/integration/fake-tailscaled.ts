import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";

/** Answers one request of an endpoint. */
export type Handler = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void;

/** A request that the fake has seen. */
export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What a fake tailscaled answers with. Values are sent as JSON, indented by tabs as the real one does. */
export interface FakeAnswers {
  /** With its `Peer`, which is left out where peers are not asked for. */
  status: Record<string, unknown>;
  /** By the `addr` of the question. */
  whois: Record<string, unknown>;
  prefs: unknown;
  derpmap: unknown;
  /** By IP address. One that is absent is never answered, as with an unreachable peer. */
  ping: Record<string, unknown>;
  usermetrics: string;
  /** Loopback port by `host:port`; `host:port` outside the tailnet is told to the caller by `self:` before the address. */
  dial: Record<string, number | `self:${string}`>;
}

/** A tailscaled over a real Unix socket, as far as the LocalAPI is concerned. */
export class FakeTailscaled implements AsyncDisposable {
  readonly socketPath: string;
  readonly answers: FakeAnswers;
  readonly requests: SeenRequest[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), "tsmon-fake-"));
  readonly #overrides = new Map<string, Handler>();
  readonly #bus = new Set<ServerResponse>();
  readonly #sockets = new Set<Duplex>();
  readonly #server = createServer((request, response) => this.#serve(request, response));

  private constructor(answers: Partial<FakeAnswers>) {
    this.socketPath = join(this.#directory, "tailscaled.sock");
    const empty = { whois: {}, prefs: {}, derpmap: null, ping: {}, usermetrics: "", dial: {} };
    this.answers = { status: statusOf(0), ...empty, ...answers };
    this.#server.on("connection", (socket: Socket) => this.#sockets.add(socket));
    this.#server.on("upgrade", (request, socket) => this.#dial(request, socket));
  }

  /** A fake that listens. What is not given is empty: a node without peers, null for a DERP map. */
  static async start(answers: Partial<FakeAnswers> = {}): Promise<FakeTailscaled> {
    const fake = new FakeTailscaled(answers);
    await fake.listen();
    return fake;
  }

  /** Listens again after {@linkcode stop}, at the same path. */
  async listen(): Promise<void> {
    this.#server.listen(this.socketPath);
    await once(this.#server, "listening");
  }

  /** Ends as a killed tailscaled does: every connection is cut, the socket is gone. */
  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    this.#bus.clear();
    await closed;
    rmSync(this.socketPath, { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Answers an endpoint, such as `status`, in another way from now on. */
  override(endpoint: string, handler: Handler): void {
    this.#overrides.set(endpoint, handler);
  }

  /** Answers every endpoint as at the start again. */
  restore(): void {
    this.#overrides.clear();
  }

  /** Sends a message, or bytes as they are, to all who watch the bus. */
  notify(message: object | Uint8Array): void {
    const bytes = message instanceof Uint8Array ? message : `${JSON.stringify(message)}\n`;
    for (const response of this.#bus) response.write(bytes);
  }

  /** Number of those who watch the bus. */
  get watchers(): number {
    return this.#bus.size;
  }

  /** Ends the bus in order, as a tailscaled does with one who reads too slowly. */
  endBus(): void {
    for (const response of this.#bus) response.end();
    this.#bus.clear();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = "", headers } = request;
    this.requests.push({ method, url, headers });
    const { pathname, searchParams } = new URL(url, "http://local-tailscaled.sock");
    const endpoint = pathname.replace("/localapi/v0/", "");
    const handler = this.#overrides.get(endpoint) ?? this.#handlers[endpoint];
    if (!isLocal(request)) sendText(response, 403, "invalid localapi request\n");
    else if (!handler) sendText(response, 404, "404 page not found\n");
    else handler(request, response, searchParams);
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    status: (_, response, query) => {
      const { status } = this.answers;
      sendJson(response, query.get("peers") === "false" ? { ...status, Peer: null } : status);
    },
    whois: (_, response, query) => {
      const answer = this.answers.whois[query.get("addr") ?? ""];
      return answer ? sendJson(response, answer) : sendText(response, 404, "no match for IP:port\n");
    },
    prefs: (_, response) => sendJson(response, this.answers.prefs),
    derpmap: (_, response) => sendJson(response, this.answers.derpmap),
    usermetrics: (_, response) => {
      response.setHeader("Content-Type", "text/plain;version=0.0.4;charset=utf-8");
      response.end(this.answers.usermetrics);
    },
    ping: ({ method }, response, query) => {
      if (method !== "POST") return sendText(response, 400, "want POST\n");
      const answer = this.answers.ping[query.get("ip") ?? ""];
      if (answer) sendJson(response, answer);
    },
    "watch-ipn-bus": (_, response) => {
      response.setHeader("Content-Type", "application/json");
      response.flushHeaders();
      this.#bus.add(response);
      response.on("close", () => this.#bus.delete(response));
    },
  };

  /** node:http makes no answer for a request to upgrade, so all of them are written by hand. */
  #dial(request: IncomingMessage, socket: Duplex): void {
    this.requests.push({ method: request.method, url: request.url, headers: request.headers });
    this.#sockets.add(socket);
    if (!isLocal(request)) return void socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    const target = this.answers.dial[dialTarget(request)];
    if (typeof target === "string") {
      socket.end(`HTTP/1.1 200 OK\r\nDial-Self: true\r\nDial-Addr: ${target.slice(5)}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    if (target === undefined) {
      const body = "dial failure: connect tcp: connection was refused\n";
      socket.end(`HTTP/1.1 502 Bad Gateway\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      return;
    }
    const upstream = connect(target, "127.0.0.1");
    this.#sockets.add(upstream);
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ts-dial\r\n\r\n");
    socket.pipe(upstream).pipe(socket);
    for (const end of [socket, upstream]) end.on("error", () => {});
  }
}

/** A status with this node and a number of peers, each with an address, a name and a key of its own. */
export function statusOf(peers: number): Record<string, unknown> {
  return {
    Version: "1.102.3-t9329c3677-ga522f65e9",
    TUN: true,
    BackendState: "Running",
    HaveNodeKey: true,
    AuthURL: "",
    TailscaleIPs: ["100.64.0.1", "fd7a:115c:a1e0::1"],
    Self: { ...peerOf(0), HostName: "self", DNSName: "self.lab.ts.net.", InNetworkMap: true },
    Health: [],
    MagicDNSSuffix: "lab.ts.net",
    CurrentTailnet: { Name: "lab.ts.net", MagicDNSSuffix: "lab.ts.net", MagicDNSEnabled: true },
    CertDomains: null,
    ExtraRecords: null,
    Peer: Object.fromEntries(Array.from({ length: peers }, (_, i) => [nodeKey(i + 1), peerOf(i + 1)])),
    User: { "1001": { ID: 1001, LoginName: "user@example.com", DisplayName: "User" } },
    ClientVersion: null,
  };
}

/** One idle peer of {@linkcode statusOf}, with all that the real answer says of it. */
export function peerOf(index: number): Record<string, unknown> {
  const never = "0001-01-01T00:00:00Z";
  const v4 = `100.64.${index >> 8}.${(index & 255) + 1}`;
  const v6 = `fd7a:115c:a1e0::${(index + 1).toString(16)}`;
  return {
    ID: `n${index}CNTRL`,
    NodeID: 7_000_000 + index,
    PublicKey: nodeKey(index),
    HostName: `host-${index}`,
    DNSName: `host-${index}.lab.ts.net.`,
    OS: "linux",
    UserID: 1001,
    TailscaleIPs: [v4, v6],
    AllowedIPs: [`${v4}/32`, `${v6}/128`],
    Addrs: null,
    CurAddr: "",
    Relay: "fra",
    PeerRelay: "",
    RxBytes: 0,
    TxBytes: 0,
    Created: "2026-01-02T03:04:05.678901234Z",
    LastWrite: never,
    LastSeen: never,
    LastHandshake: never,
    Online: true,
    ExitNode: false,
    ExitNodeOption: false,
    Active: false,
    PeerAPIURL: [`http://${v4}:54321`, `http://[${v6}]:54321`],
    TaildropTarget: 0,
    NoFileSharingReason: "",
    InNetworkMap: true,
    InMagicSock: true,
    InEngine: false,
    KeyExpiry: "2027-05-20T08:00:00Z",
  };
}

function nodeKey(index: number): string {
  return `nodekey:${index.toString(16).padStart(64, "0")}`;
}

function isLocal({ headers }: IncomingMessage): boolean {
  return headers.host === "local-tailscaled.sock" && !headers.origin && !headers.referer;
}

function dialTarget({ headers }: IncomingMessage): string {
  return `${headers["dial-host"]}:${headers["dial-port"]}`;
}

/** Sends a value as tailscaled does. */
export function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader("Content-Type", "application/json");
  response.end(`${JSON.stringify(value, null, "\t")}\n`);
}

/** Sends a text with a status, as Go's http.Error does. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(text);
}
