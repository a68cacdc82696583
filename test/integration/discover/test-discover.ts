import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../free-port.ts";
import { eventually } from "../../lab/eventually.ts";
import { Tsmon } from "../agent/tsmon.ts";
import { peerOf, statusOf } from "../fake-tailscaled.ts";

/** A group as Prometheus gets it. */
export interface Group {
  readonly targets: readonly [string];
  readonly labels: Readonly<Record<string, string>>;
}

/** How a {@linkcode TestDiscover} is started. */
export interface TestDiscoverOptions {
  readonly stateDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command line that runs in its own place what follows it. */
  readonly within?: readonly string[];
}

/** A discover that serves on loopback alone. */
export class TestDiscover extends Tsmon {
  readonly url: string;

  private constructor(port: number, args: readonly string[], { env, within }: Omit<TestDiscoverOptions, "stateDir">) {
    super(["discover", "--web.listen", `127.0.0.1:${port}`, "--refresh", "200ms", ...args], env, {
      ...(within && { within }),
    });
    this.url = `http://127.0.0.1:${port}`;
  }

  /** One that serves already, though perhaps no list yet. */
  static async start(args: readonly string[], { stateDir, ...options }: TestDiscoverOptions): Promise<TestDiscover> {
    const discover = new TestDiscover(await freePort(), ["--state.dir", stateDir, ...args], options);
    await discover.says(/ info Serving targets on /);
    return discover;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Response> {
    return fetch(`${this.url}${path}`, { method, headers });
  }

  /** The list, or undefined where it is refused. Fails where it is anything that would harm Prometheus. */
  async list(path = "/sd"): Promise<Group[] | undefined> {
    const response = await this.get(path);
    const text = await response.text();
    if (response.status === 503) return undefined;
    if (response.status !== 200) throw new Error(`Cannot list: ${response.status} ${text}`);
    const list = JSON.parse(text);
    if (!Array.isArray(list)) throw new Error(`Cannot list: the answer is ${text}`);
    return list;
  }

  /** Targets with their paths, once the list is as wanted. */
  async sees(description: string, want: readonly string[], path?: string): Promise<void> {
    let found: string[] | undefined;
    const look = async () => {
      found = (await this.list(path))?.map(nameOf);
      return JSON.stringify(found) === JSON.stringify(want);
    };
    await eventually(description, look, 8).catch((error) => {
      throw new Error(`${error.message}, but ${JSON.stringify(found)}\n${this.log.join("\n")}`);
    });
  }

  /** Targets with their paths. Fails where there is no list. */
  async names(): Promise<string[]> {
    const list = await this.list();
    if (list === undefined) throw new Error("Cannot list: there is no list");
    return list.map(nameOf);
  }

  /** How often tailscaled was asked, with an answer or without. */
  async polls(): Promise<number> {
    const outcomes = ["ok", "error"].map(
      (outcome) => `tsmon_discover_polls_total{outcome="${outcome}",source="local"}`,
    );
    const counts = await Promise.all(outcomes.map((series) => this.metric(series)));
    return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  }

  async metric(series: string): Promise<number | undefined> {
    const text = await (await this.get("/metrics")).text();
    const line = text.split("\n").find((line) => line.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  }
}

function nameOf({ targets: [target], labels }: Group): string {
  return `${target}${labels.__metrics_path__ ?? ""}`;
}

/** A folder that goes with its scope. */
export function folder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "tsmon-discover-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A status of a node without devices of its own to list, and peers at 127.0.1.N. */
export function statusAt(...numbers: readonly number[]): Record<string, unknown> {
  const peers = numbers.map((number) => [`nodekey:${number}`, peerAt(number)]);
  const status = statusOf(0) as { Self: Record<string, unknown> };
  return { ...status, Self: { ...status.Self, TailscaleIPs: [] }, Peer: Object.fromEntries(peers) };
}

/** A peer at 127.0.1.N, where a fake agent can listen. */
export function peerAt(number: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { ...peerOf(number), TailscaleIPs: [`127.0.1.${number}`], ...more };
}
