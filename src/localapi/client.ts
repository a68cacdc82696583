import type { HttpResponse } from "../http/request.ts";
import type { Connection } from "../runtime/connection.ts";
import { NOTIFY, readBus } from "./bus.ts";
import { decodeError, parseJson } from "./decode.ts";
import { dialHeaders, dialSelf } from "./dial.ts";
import { LocalApiError, type LocalApiFailure, statusError } from "./errors.ts";
import type { Notify } from "./notify.ts";
import { DerpMap, PingResult, type PingType, Prefs, type Status, toStatus, Whois } from "./schema.ts";
import type { TailscaledAddress } from "./socket.ts";
import { StatusDecoder } from "./status-decoder.ts";
import { type Call, callError, type Endpoint, open, readBody } from "./transport.ts";

/** A call that has ended; of a stream, one that has begun. */
export interface Observation {
  readonly endpoint: Endpoint;
  readonly outcome: "ok" | LocalApiFailure;
  readonly durationSeconds: number;
}

/** How a {@linkcode LocalApi} reaches tailscaled, and whom it tells of its calls. */
export interface LocalApiOptions {
  /** Where tailscaled answers; asked at every call. See `findTailscaled()`. */
  address(): TailscaledAddress;
  /** Time that a call may take, in seconds. @default {10} */
  readonly timeoutSeconds?: number;
  observe?(observation: Observation): void;
}

/** What a caller may say of one call. */
export interface CallOptions {
  /** Ends the call with `aborted`, or with `timeout` if that is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Time of a call whose maker did not say. tailscaled itself has no limit. */
const TIMEOUT_SECONDS = 10;
/** Time of a certificate, which tailscaled may have to order first. */
const CERT_TIMEOUT_SECONDS = 120;
/** About 1 kB a peer: room for some 30,000. */
const MAX_STATUS_BYTES = 32 * 1024 * 1024;
const MAX_BYTES = 4 * 1024 * 1024;

/** One tailscaled. Every method asks once, answers with what came, and rejects with {@linkcode LocalApiError}. */
export class LocalApi {
  readonly #options: LocalApiOptions;
  readonly #statuses = new StatusDecoder();

  constructor(options: LocalApiOptions) {
    this.#options = options;
  }

  /** This node and its peers. Upstream maturity: stable. About 1 kB a peer, and a lock in tailscaled while it is made. */
  status(options?: CallOptions & { readonly maxBytes?: number }): Promise<Status> {
    const call = this.#call("status", "status", { maxBytes: MAX_STATUS_BYTES, ...options });
    return this.#ask(call, async (response) => this.#statuses.decode(await readBody(response, call)));
  }

  /** This node alone, for about a millisecond whatever the number of peers. Upstream maturity: stable. */
  statusWithoutPeers(options?: CallOptions): Promise<Status> {
    return this.#json("status?peers=false", "status?peers=false", toStatus, options);
  }

  /** tailscaled's own metrics as Prometheus text. Upstream maturity: unstated. Since tailscaled 1.78. */
  userMetrics(options?: CallOptions): Promise<string> {
    const call = this.#call("usermetrics", "usermetrics", options);
    return this.#ask(call, async (response) => {
      const text = String(await readBody(response, call));
      if (/^\s*</.test(text)) throw new SyntaxError("expected metrics, found an HTML page");
      return text;
    });
  }

  /**
   * Who is behind an IP address, or behind the other end of a connection (`address:port`, where a userspace tailscaled
   * needs the port). An IPv4 address may be written as IPv6. Rejects with `not_found` if no node has it: then the
   * caller is no other node, and with a port on loopback it is this host. Upstream maturity: stable.
   */
  whois(address: string, options?: CallOptions & { readonly proto?: "tcp" | "udp" }): Promise<Whois> {
    // Only since 1.102 tailscaled itself sees through such an address.
    const addr = address.replace(/^\[?::ffff:(\d+\.\d+\.\d+\.\d+)\]?/i, "$1");
    const query = new URLSearchParams({ addr, ...(options?.proto && { proto: options.proto }) });
    return this.#json("whois", `whois?${query}`, (value) => Whois.parse(value), options);
  }

  /**
   * Private key and certificates for a name of this node, as PEM blocks in this order. tailscaled gets and renews them; the
   * first time takes it a minute. Needs root, the operator, or the user of TS_PERMIT_CERT_UID. Upstream maturity: stable.
   */
  certPair(domain: string, options?: CallOptions): Promise<string> {
    if (!/^[\w-]+(?:\.[\w-]+)*$/.test(domain))
      throw new RangeError(`Cannot ask for a certificate: "${domain}" is no name`);
    const path = `cert/${domain}?type=pair`;
    const call = this.#call("cert", path, { ...options, timeoutSeconds: CERT_TIMEOUT_SECONDS });
    return this.#ask(call, async (response) => String(await readBody(response, call)));
  }

  /** Settings of this node. Upstream maturity: stable. */
  prefs(options?: CallOptions): Promise<Prefs> {
    return this.#json("prefs", "prefs", (value) => Prefs.parse(value), options);
  }

  /** DERP regions and their servers, null before there is a network map. Upstream maturity: stable, the type may shift. */
  derpMap(options?: CallOptions): Promise<DerpMap> {
    return this.#json("derpmap", "derpmap", (value) => DerpMap.parse(value), options);
  }

  /**
   * One ping of a node's IP address. A ping without success is a result with `Err`, or a `timeout`, since tailscaled
   * waits for ever for some of them. A disco ping makes the peer active for 45 seconds. Upstream maturity: unstated.
   */
  ping(ip: string, type: PingType, options: CallOptions & { readonly timeoutSeconds: number }): Promise<PingResult> {
    const path = `ping?${new URLSearchParams({ ip, type })}`;
    return this.#json("ping", path, (value) => PingResult.parse(value), { ...options, method: "POST" });
  }

  /**
   * A TCP connection to a host by address or MagicDNS name, through tailscaled, so that it works with userspace
   * networking too. To a host outside the tailnet it is an ordinary connection. Rejects with `dial` when the host does not
   * answer. The caller closes it; the signal and the deadline end with the dialling. Upstream maturity: stable.
   */
  async dial(
    host: string,
    port: number,
    options?: CallOptions & { readonly timeoutSeconds?: number },
  ): Promise<Connection> {
    const call = this.#call("dial", "dial", { ...options, method: "POST", headers: dialHeaders(host, port) });
    return this.#observed("dial", () =>
      open(this.#options.address(), call, async ({ response, connection }, deadline) => {
        if (response.switched) return response.switched;
        if (response.status !== 200 || response.headers.get("dial-self") !== "true") return refuse(response, call);
        connection.close();
        return dialSelf(response.headers.get("dial-addr") ?? "", deadline);
      }),
    );
  }

  /**
   * What tailscaled tells of its changes, until the signal aborts. It may be silent for hours, and ends when tailscaled
   * does: rejects with `cut`, or ends if tailscaled closes it in order. A hint that asking again is worth it, and no source
   * of data. Upstream maturity: unstable. Read it to the end or abort it; a pending read ends in no other way.
   *
   * @param options.mask Sum of bits of {@linkcode NOTIFY}. By default state and health.
   */
  async *watchIpnBus(options?: CallOptions & { readonly mask?: number }): AsyncGenerator<Notify, void, undefined> {
    const { mask = NOTIFY.initialState | NOTIFY.initialHealthState | NOTIFY.noNetMap, signal } = options ?? {};
    const call = this.#call("watch-ipn-bus", `watch-ipn-bus?mask=${mask}`, options);
    const address = this.#options.address();
    const { response, connection } = await this.#observed(call.endpoint, () =>
      open(address, call, async (answer) => (answer.response.status === 200 ? answer : refuse(answer.response, call))),
    );
    try {
      yield* readBus(response.body, connection, signal);
    } catch (error) {
      throw toLocalApiError(call.endpoint, callError(error, address, call));
    }
  }

  #json<Value>(
    endpoint: Endpoint,
    path: string,
    decode: (value: unknown) => Value,
    options?: Partial<Call>,
  ): Promise<Value> {
    const call = this.#call(endpoint, path, options);
    return this.#ask(call, async (response) => decode(parseJson(String(await readBody(response, call)))));
  }

  /** What `read` makes of an answer with status 200, within the deadline of the call. */
  #ask<Value>(call: Call, read: (response: HttpResponse) => Promise<Value>): Promise<Value> {
    return this.#observed(call.endpoint, () =>
      open(this.#options.address(), call, async ({ response, connection }) => {
        const value = await (response.status === 200 ? read(response) : refuse(response, call));
        connection.close();
        return value;
      }),
    );
  }

  #call(endpoint: Endpoint, path: string, options?: Partial<Call>): Call {
    const { timeoutSeconds = TIMEOUT_SECONDS } = this.#options;
    return { endpoint, path, method: "GET", timeoutSeconds, maxBytes: MAX_BYTES, ...options };
  }

  async #observed<Value>(endpoint: Endpoint, run: () => Promise<Value>): Promise<Value> {
    const startedMs = performance.now();
    let outcome: Observation["outcome"] = "ok";
    try {
      return await run();
    } catch (thrown) {
      const error = toLocalApiError(endpoint, thrown);
      outcome = error.failure;
      throw error;
    } finally {
      this.#options.observe?.({ endpoint, outcome, durationSeconds: (performance.now() - startedMs) / 1000 });
    }
  }
}

/** Rejects with the error that a status other than 200 stands for. */
async function refuse(response: HttpResponse, call: Call): Promise<never> {
  throw statusError(call.endpoint, response.status, String(await readBody(response, call)));
}

function toLocalApiError(endpoint: Endpoint, error: unknown): LocalApiError {
  return error instanceof LocalApiError ? error : decodeError(endpoint, error);
}
