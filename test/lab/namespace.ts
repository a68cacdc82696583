import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { eventually } from "./eventually.ts";
import { fetchThrough, fetchUnix, type Init } from "./http.ts";
import { childOf, LabProcess, type StartOptions } from "./process.ts";
import { program } from "./programs.ts";

/** The lab's own address on the bridge between all nodes. */
export const HUB_ADDRESS = "10.77.0.1";

// The first process of the PID namespace reads a pipe from us. However we end, the pipe closes; then it kills everything in
// the namespace and removes the lab's folder. Some writer may be inside a system call still, hence the second try.
const HUB_SCRIPT = `
  set -e
  ip link set lo up
  ip link add br0 type bridge
  ip address add ${HUB_ADDRESS}/24 dev br0
  ip link set br0 up
  set +e
  echo ready
  cat >/dev/null
  kill -s KILL -- -1
  rm -rf "$1" || { sleep 0.2; rm -rf "$1"; }
`;

// A node gets what makes it a machine of its own: a cable to the bridge, /sys of its own network, a host name, /run with
// tailscaled's socket at the usual place and none of the machine's services, and a resolv.conf that may be written.
const NODE_SCRIPT = `
  set -e
  name=$1 number=$2 folder=$3
  echo "$name" >/proc/sys/kernel/hostname
  ip link set lo up
  ip link add eth0 type veth peer name "veth$number" netns 1
  nsenter --target=1 --net ip link set "veth$number" master br0 up
  ip address add "10.77.0.$((number + 1))/24" dev eth0
  ip link set eth0 up
  ip route add default via ${HUB_ADDRESS}
  mount -t sysfs sysfs /sys
  resolver=$(readlink -m /etc/resolv.conf)
  mount -t tmpfs tmpfs /run
  mkdir /run/tailscale
  ln -s "$folder/ts.sock" /run/tailscale/tailscaled.sock
  case $resolver in
    /run/*) mkdir -p "\${resolver%/*}"; : >"$resolver" ;;
    *) mount --bind "$folder/resolv.conf" "$resolver" ;;
  esac
  echo ready
  exec sleep infinity
`;

/** A network of its own inside the lab, and whatever runs in it. */
export class Namespace {
  /** PID of the process that holds it open, for nsenter(1). */
  readonly pid: number;
  /** Folder for the files of what runs here; goes with the lab. */
  readonly folder: string;
  #proxy: Promise<string> | undefined;

  constructor(pid: number, folder: string) {
    this.pid = pid;
    this.folder = folder;
  }

  /** The command line that runs what follows it in here. */
  get enter(): readonly string[] {
    return ["nsenter", `--target=${this.pid}`, "--net", "--mount", "--uts", "--pid", "--"];
  }

  /** Starts a program in here. It ends with the lab at the latest. */
  start(argv: readonly string[], options?: StartOptions): LabProcess {
    return new LabProcess(this.enter, argv, { ...options, env: { HOME: this.folder, ...options?.env } });
  }

  /** What a program prints to stdout. Rejects with its stderr when it ends with anything but 0. */
  async run(argv: readonly string[], options?: StartOptions): Promise<string> {
    const process = this.start(argv, options);
    const exit = await process.exited;
    if (exit === 0) return process.stdout;
    throw new Error(`Cannot run ${argv.join(" ")}: ended with ${exit}: ${(process.stderr + process.stdout).trim()}`);
  }

  /** Like the global fetch, but from in here: http or https, without redirects, certificates unchecked. */
  async fetch(url: string | URL, init?: Init): Promise<Response> {
    this.#proxy ??= this.#startProxy();
    return await fetchThrough(await this.#proxy, new URL(url), init);
  }

  async #startProxy(): Promise<string> {
    const socket = join(this.folder, "proxy.sock");
    this.start([await program("control"), "proxy", "-socket", socket], { log: join(this.folder, "proxy.log") });
    await eventually(`the proxy in ${this.folder}`, () => fetchUnix(socket, "/"));
    return socket;
  }
}

/** The lab's outermost namespace: the bridge, control, DERP. Nothing leads from it to the machine's network. */
export class Hub extends Namespace {
  readonly #holder: ChildProcess;
  readonly #ended: Promise<void>;
  #nodes = 0;

  private constructor(pid: number, folder: string, holder: ChildProcess, ended: Promise<void>) {
    super(pid, folder);
    this.#holder = holder;
    this.#ended = ended;
  }

  /** A new one, with a new folder below the system's temporary folder. */
  static async open(): Promise<Hub> {
    // Unix socket paths have at most 107 bytes.
    const folder = mkdtempSync(join(tmpdir(), "tsmon-lab-"));
    const args = ["--net", "--pid", "--fork", "--uts", "--mount-proc", "sh", "-c", HUB_SCRIPT, "sh", folder];
    const env = { PATH: process.env.PATH ?? "" };
    const holder = spawn("unshare", args, { env, detached: true, stdio: ["pipe", "pipe", "inherit"] });
    const ended = new Promise<void>((resolve) => holder.once("close", () => resolve()));
    await ready(holder);
    return new Hub(await childOf(holder.pid ?? -1, "sh"), folder, holder, ended);
  }

  /** A new node's namespace, with an address on the bridge. */
  async openNode(name: string): Promise<Namespace> {
    const number = ++this.#nodes;
    const folder = join(this.folder, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "resolv.conf"), "");
    const unshare = ["unshare", "--net", "--mount", "--uts", "sh", "-c", NODE_SCRIPT, "sh", name, `${number}`, folder];
    const [file = "", ...args] = [...this.enter, ...unshare];
    const env = { PATH: process.env.PATH ?? "" };
    const holder = spawn(file, args, { env, detached: true, stdio: ["ignore", "pipe", "inherit"] });
    await ready(holder);
    holder.unref();
    return new Namespace(await childOf(holder.pid ?? -1, "sleep"), folder);
  }

  /** Ends everything in the lab and removes its folder. */
  async close(): Promise<void> {
    this.#holder.stdin?.end();
    await this.#ended;
  }
}

/** Resolves when the script prints its first line, rejects when it ends before. */
function ready(holder: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    holder.once("error", reject);
    holder.once("exit", (code) => reject(new Error(`Cannot make lab namespace: script ended with ${code}`)));
    holder.stdout?.once("data", () => resolve());
  });
}
