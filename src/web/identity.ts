import { isIp } from "../runtime/ip.ts";
import type { Remote } from "../runtime/serve.ts";
import { AnswerCache } from "./answer-cache.ts";
import type { Caller, CallingNode } from "./caller.ts";

/** What tailscaled says of the node behind an address. */
export interface WhoisAnswer {
  readonly Node: {
    readonly StableID: string;
    /** MagicDNS name with its final dot. */
    readonly Name: string;
    readonly Tags?: readonly string[] | null | undefined;
  };
  readonly UserProfile: { readonly LoginName: string };
  readonly CapMap?: Readonly<Record<string, readonly unknown[] | null>> | null | undefined;
}

/** What is asked of tailscaled to know a caller. */
export interface CallerSource {
  /**
   * The node behind `address`, or behind `address:port`; undefined if there is none, and null where no tailscaled is that
   * could have made the connection. Rejects if nobody can tell.
   */
  whois(address: string): Promise<WhoisAnswer | null | undefined>;
  /** Whether tailscaled has no network interface and so hands its nodes' connections over on loopback; true if not known. */
  forwardsToLoopback(): boolean;
  /** Whether loopback callers have to be told apart, or are welcome whoever they are. */
  readonly tellsLoopbackApart: boolean;
  /** Whether X-Forwarded-For of a program on this host is believed, which is for `tailscale serve`. */
  readonly trustsServe: boolean;
  /** Monotonic time in seconds. */
  now(): number;
  /** Resolves after some seconds. */
  pause(seconds: number): Promise<void>;
}

/** How long what is known of an address is believed, in seconds. Also the longest time for which a lost tag counts. */
const ADDRESS_SECONDS = 5;
/** The same of a connection over loopback. Linux gives its port to another no sooner than after a second. */
const CONNECTION_SECONDS = 1;

/** Waits before a connection over loopback is asked about again: tailscaled knows a connection a moment after it makes it. */
const RETRY_SECONDS = [0.025, 0.05];

/** An answer that takes this long in seconds comes from a tailscaled that waits itself; 1.102 does, for 0.18 s. */
const PATIENT_SECONDS = 0.1;

/** Headers by which a program tells that it speaks for another: proxies, and `tailscale serve`. */
const FORWARDING_HEADERS = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-real-ip",
  "tailscale-user-login",
  "tailscale-funnel-request",
];

/** Tells who sends requests, asking tailscaled as seldom as can be. */
export class Identity {
  readonly #source: CallerSource;
  readonly #cache: AnswerCache<WhoisAnswer | null | undefined>;

  constructor(source: CallerSource) {
    this.#source = source;
    this.#cache = new AnswerCache(source.now);
  }

  /** Who sent a request. Never rejects. */
  async callerOf(remote: Remote, headers: Headers): Promise<Caller> {
    try {
      if (!isLoopback(remote.address)) return await this.#nodeAt(remote.address);
      return await this.#loopbackCaller(remote, headers);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "unidentified", address: remote.address, reason };
    }
  }

  async #nodeAt(address: string): Promise<Caller> {
    const answer = await this.#cache.get(address, ADDRESS_SECONDS, () => this.#source.whois(address));
    return answer ? toNode(answer) : { kind: "stranger", address };
  }

  async #loopbackCaller(remote: Remote, headers: Headers): Promise<Caller> {
    const { tellsLoopbackApart, trustsServe } = this.#source;
    const host = headers.get("host") ?? "";
    const isForwarded = FORWARDING_HEADERS.some((name) => headers.has(name));
    if (this.#source.forwardsToLoopback()) {
      // A node may ask as it likes; a program on this host may not.
      if (!tellsLoopbackApart && !isForwarded && isOwnName(host)) return { kind: "loopback" };
      const answer = await this.#connection(remote);
      if (answer) return toNode(answer);
    }
    if (isForwarded) return trustsServe ? await this.#servedCaller(headers) : { kind: "forwarded" };
    return isOwnName(host) ? { kind: "local" } : { kind: "misled", host };
  }

  /** The node whose connection tailscaled forwards from this port, if it is one. */
  #connection({ address, port }: Remote): Promise<WhoisAnswer | null | undefined> {
    const name = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
    return this.#cache.get(name, CONNECTION_SECONDS, async (before) => {
      const startedSeconds = this.#source.now();
      let answer = await this.#source.whois(name);
      const hasWaited = this.#source.now() - startedSeconds >= PATIENT_SECONDS;
      // A port that was a local program's a moment ago most often still is.
      const wasLocal = before !== undefined && before.value === undefined;
      for (const seconds of hasWaited || wasLocal ? [] : RETRY_SECONDS) {
        if (answer !== undefined) break;
        await this.#source.pause(seconds);
        answer = await this.#source.whois(name);
      }
      return answer;
    });
  }

  /** The node for which `tailscale serve` asks. It replaces what the node itself sends under this name by one address. */
  async #servedCaller(headers: Headers): Promise<Caller> {
    const address = headers.get("x-forwarded-for")?.trim() ?? "";
    const isNode = isIp(address) && !isLoopback(address) && !headers.has("tailscale-funnel-request");
    return isNode ? await this.#nodeAt(address) : { kind: "forwarded" };
  }
}

function toNode({ Node, UserProfile, CapMap }: WhoisAnswer): CallingNode {
  const tags = Node.Tags ?? [];
  const user = tags.length > 0 ? undefined : UserProfile.LoginName;
  return {
    kind: "node",
    id: Node.StableID,
    name: Node.Name.replace(/\.$/, ""),
    user,
    tags,
    capabilities: CapMap ?? {},
  };
}

/** Whether an address, or an address and port, is one of loopback. */
export function isLoopback(address: string): boolean {
  return /^(?:127\.\d+\.\d+\.\d+(?::\d+)?|::1|\[::1\](?::\d+)?)$/.test(address);
}

/**
 * Whether a Host header names this host itself. A web page can have its own name lead to loopback, and would then read, in
 * a browser on this host, what this host alone may read.
 */
function isOwnName(host: string): boolean {
  const name = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  return isIp(name) || !name.includes(".") || /\.(?:localhost|localdomain)$/i.test(name);
}
