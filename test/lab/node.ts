import { join } from "node:path";
import { LOGIN_SERVER } from "./control.ts";
import { fetchUnix, type Init } from "./http.ts";
import type { Hub, Namespace } from "./namespace.ts";
import type { LabProcess, StartOptions } from "./process.ts";
import { program } from "./programs.ts";

/** What a node of the lab is to be. */
export interface NodeOptions<Name extends string = string> {
  /** Hostname and first DNS label: lower-case letters, digits, hyphens. */
  readonly name: Name;
  /** Whether it has a network interface; false is userspace networking. */
  readonly tun?: boolean;
  /** False leaves it as it comes: in need of a login. */
  readonly up?: boolean;
  /** Environment of tailscaled, such as {@linkcode RELAYED}. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Environment of a node all of whose paths go through DERP. */
export const RELAYED = { TS_DEBUG_ALWAYS_USE_DERP: "1" } as const;

/** Environment of a node that takes no direct path but one through a peer relay. */
export const NEVER_DIRECT = { TS_DEBUG_NEVER_DIRECT_UDP: "1" } as const;

const ENV = {
  TS_DISABLE_PORTMAPPER: "1",
  // A namespace without a way out counts as offline otherwise, and control stays paused.
  TS_ASSUME_NETWORK_UP_FOR_TEST: "1",
  TS_PANIC_IF_HIT_MAIN_CONTROL: "1",
} as const;
const TAILSCALED_PORT = 41641;
const RELAY_PORT = 40000;

/** A machine of the tailnet: a network namespace with a tailscaled. */
export class LabNode {
  readonly name: string;
  readonly tun: boolean;
  readonly namespace: Namespace;
  /** Folder of its state, socket and logs. */
  readonly dir: string;
  /** Path of tailscaled's LocalAPI socket. Inside, /run/tailscale/tailscaled.sock is the same. */
  readonly socket: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #tailscale: string;
  #addresses: readonly string[] = [];
  #tailscaled: LabProcess | undefined;

  private constructor(options: NodeOptions, namespace: Namespace, tailscale: string) {
    this.name = options.name;
    this.tun = options.tun ?? true;
    this.namespace = namespace;
    this.dir = namespace.folder;
    this.socket = join(namespace.folder, "ts.sock");
    this.#env = options.env ?? {};
    this.#tailscale = tailscale;
  }

  /** A new node with its tailscaled started, and not logged in. */
  static async start(hub: Hub, options: NodeOptions): Promise<LabNode> {
    const node = new LabNode(options, await hub.openNode(options.name), await program("tailscale"));
    await node.startTailscaled();
    return node;
  }

  /** Tailscale address. Throws before the first {@linkcode LabNode.up}. */
  get ip4(): string {
    return this.#address(0);
  }

  get ip6(): string {
    return this.#address(1);
  }

  #address(index: number): string {
    const address = this.#addresses[index];
    if (address === undefined) throw new Error(`Cannot name address of ${this.name}: it never was up`);
    return address;
  }

  /** Logs in, or connects again, and waits until it runs. */
  async up(...flags: string[]): Promise<void> {
    const settings = [
      `--login-server=${LOGIN_SERVER}`,
      `--hostname=${this.name}`,
      "--accept-dns=false",
      "--netfilter-mode=off",
    ];
    await this.cli("up", ...settings, "--timeout=60s", ...flags);
    this.#addresses = (await this.cli("ip")).trim().split("\n");
  }

  /** What `tailscale ARGS` prints to stdout. Rejects with what it says otherwise. */
  async cli(...args: string[]): Promise<string> {
    return await this.namespace.run([this.#tailscale, `--socket=${this.socket}`, ...args]);
  }

  /** An answer of its LocalAPI; `path` follows /localapi/v0/. */
  async localApi(path: string, init?: Init): Promise<Response> {
    const headers = { Host: "local-tailscaled.sock", ...init?.headers };
    return await fetchUnix(this.socket, `/localapi/v0/${path}`, { ...init, headers });
  }

  /** Starts a program on this node. It ends with the lab at the latest. */
  exec(argv: readonly string[], options?: StartOptions): LabProcess {
    return this.namespace.start(argv, options);
  }

  /** An HTTP answer as this node gets it. See {@linkcode Namespace.fetch}. */
  async fetch(url: string | URL, init?: Init): Promise<Response> {
    return await this.namespace.fetch(url, init);
  }

  /** Starts tailscaled with the state that it left. */
  async startTailscaled(): Promise<void> {
    const argv = [
      await program("tailscaled"),
      `--tun=${this.tun ? "tailscale0" : "userspace-networking"}`,
      `--statedir=${this.dir}`,
      `--socket=${this.socket}`,
      `--port=${TAILSCALED_PORT}`,
      "--socks5-server=127.0.0.1:1055",
      "--no-logs-no-support",
      "--encrypt-state=false",
    ];
    const env = { ...ENV, TS_LOGS_DIR: this.dir, ...this.#env };
    this.#tailscaled = this.exec(argv, { env, log: join(this.dir, "tailscaled.log") });
  }

  /** Ends tailscaled as a service manager does. */
  async stopTailscaled(): Promise<void> {
    await this.#tailscaled?.stop("SIGTERM");
  }

  /** Ends tailscaled without a farewell, as a power cut does. */
  async kill(): Promise<void> {
    await this.#tailscaled?.stop("SIGKILL");
  }

  /** Sends tailscaled a signal: SIGSTOP makes it hang with its socket open, SIGCONT go on. */
  async signalTailscaled(signal: NodeJS.Signals): Promise<void> {
    await this.#tailscaled?.signal(signal);
  }

  /** Offers itself to others as a peer relay; see {@linkcode Control.setPeerRelay}. */
  async startRelay(): Promise<void> {
    await this.cli("set", `--relay-server-port=${RELAY_PORT}`);
  }
}
