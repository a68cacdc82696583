import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** Version of the Tailscale that the lab runs. */
export const TAILSCALE_VERSION = "1.102.3";
/** Version of the node_exporter that the lab runs, whose Go module holds the node-mixin too. */
export const NODE_EXPORTER_VERSION = "1.12.1";
const JSONNET_VERSION = "0.22.0";

/** Paths of the lab's programs. */
export interface Programs {
  readonly tailscaled: string;
  readonly tailscale: string;
  readonly control: string;
  readonly prometheus: string;
  readonly promtool: string;
  readonly nodeExporter: string;
  readonly jsonnet: string;
  /** That of this machine's Debian, which is older. */
  readonly debianPrometheus: string;
  readonly debianPromtool: string;
}

/** What makes a folder of the cache with programs in it. */
type Build = GoBuild | DebianPackage;

/** One run of `go`. */
interface GoBuild {
  readonly name: string;
  /** Arguments of `go`. A `build` without -o gets one; `install` obeys GOBIN. */
  readonly args: readonly string[];
  /** Folder beside this file with the go.mod that pins everything; absent for `install package@version`. */
  readonly module?: string;
}

/** A package of this machine's Debian, unpacked and not installed, so that it starts no service. */
interface DebianPackage {
  readonly name: string;
  readonly package: string;
}

// Without the stamps `go install` calls the version "1.102.3-ERR-BuildInfo".
const STAMPS = `-X tailscale.com/version.shortStamp=${TAILSCALE_VERSION} -X tailscale.com/version.longStamp=${TAILSCALE_VERSION}-t000000000`;
const TAILSCALE_PACKAGES = ["tailscaled", "tailscale"].map((name) => `tailscale.com/cmd/${name}@v${TAILSCALE_VERSION}`);
const PROMETHEUS_PACKAGES = ["prometheus", "promtool"].map((name) => `github.com/prometheus/prometheus/cmd/${name}`);

const TAILSCALE: GoBuild = { name: "tailscale", args: ["install", `-ldflags=${STAMPS}`, ...TAILSCALE_PACKAGES] };
const CONTROL: GoBuild = { name: "control", args: ["build", "."], module: "control" };
/** Without the service discovery of clouds, whose libraries take most of the time; that of files and of HTTP stays. */
const PROMETHEUS: GoBuild = {
  name: "prometheus",
  args: ["build", "-tags=remove_all_sd", ...PROMETHEUS_PACKAGES],
  module: "prometheus",
};
const NODE_EXPORTER: GoBuild = {
  name: "node_exporter",
  args: ["install", `github.com/prometheus/node_exporter@v${NODE_EXPORTER_VERSION}`],
};
const JSONNET: GoBuild = {
  name: "jsonnet",
  args: ["install", `github.com/google/go-jsonnet/cmd/jsonnet@v${JSONNET_VERSION}`],
};
const DEBIAN_PROMETHEUS: DebianPackage = { name: "debian-prometheus", package: "prometheus" };

const BUILDS: { readonly [name in keyof Programs]: readonly [build: Build, file: string] } = {
  tailscaled: [TAILSCALE, "tailscaled"],
  tailscale: [TAILSCALE, "tailscale"],
  control: [CONTROL, "control"],
  prometheus: [PROMETHEUS, "prometheus"],
  promtool: [PROMETHEUS, "promtool"],
  nodeExporter: [NODE_EXPORTER, "node_exporter"],
  jsonnet: [JSONNET, "jsonnet"],
  debianPrometheus: [DEBIAN_PROMETHEUS, "usr/bin/prometheus"],
  debianPromtool: [DEBIAN_PROMETHEUS, "usr/bin/promtool"],
};

/** The path of one of the lab's programs, built now if the cache lacks it (Prometheus: minutes on two cores). */
export async function program(name: keyof Programs): Promise<string> {
  const [build, file] = BUILDS[name];
  return join(await built(build), file);
}

/** The path of one of the lab's programs if the cache has it. Nothing is built. */
export function builtProgram(name: keyof Programs): string | undefined {
  const [build, file] = BUILDS[name];
  const path = join(folderOf(build), file);
  return existsSync(path) ? path : undefined;
}

/** The paths of all of the lab's programs that there are for this machine, one after the other built if need be. */
async function programs(): Promise<[name: string, path: string][]> {
  const paths: [string, string][] = [];
  for (const [name, [build]] of Object.entries(BUILDS)) {
    if ("package" in build && !hasDebianPrometheus) continue;
    paths.push([name, await program(name as keyof Programs)]);
  }
  return paths;
}

/** Why the lab cannot run on this machine, as one sentence; undefined where it can. */
export function labObstacle(): string | undefined {
  if (process.platform !== "linux") return "The lab needs Linux, for its network namespaces.";
  if (process.getuid?.() !== 0) return "The lab needs root, to make network namespaces and TUN devices.";
  if (!existsSync("/dev/net/tun")) return "The lab needs /dev/net/tun: load the kernel module tun.";
  const missing = ["go", "unshare", "nsenter", "ip"].filter((name) => !isOnPath(name));
  if (missing.length > 0) return `The lab needs ${missing.join(", ")} on the PATH (Go, util-linux, iproute2).`;
  return undefined;
}

/** Whether there is a Debian's Prometheus to be had. In CI there has to be. */
export const hasDebianPrometheus = Boolean(process.env.CI) || (isOnPath("apt-get") && isOnPath("dpkg"));

function isOnPath(name: string): boolean {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => folder !== "" && existsSync(join(folder, name)));
}

const running = new Map<Build, Promise<string>>();

/** The folder with the build's programs. Callers at the same time share one build. */
function built(build: Build): Promise<string> {
  let folder = running.get(build);
  if (folder === undefined) {
    folder = buildInto(build, folderOf(build));
    running.set(build, folder);
  }
  return folder;
}

function folderOf(build: Build): string {
  return join(cacheFolder(), `${build.name}-${keyOf(build)}`);
}

function cacheFolder(): string {
  const { TSMON_LAB_CACHE, XDG_CACHE_HOME } = process.env;
  return TSMON_LAB_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tsmon-lab");
}

/** Names all that a build depends on: its arguments, the machine, the sources in its module. */
function keyOf(build: Build): string {
  if ("package" in build) return process.arch;
  const { args, module } = build;
  const hash = createHash("sha256").update(JSON.stringify([args, process.arch]));
  if (module !== undefined) {
    for (const name of readdirSync(sourceFolder(module)).sort()) {
      hash.update(name).update(readFileSync(join(sourceFolder(module), name)));
    }
  }
  return hash.digest("hex").slice(0, 12);
}

function sourceFolder(module: string): string {
  return fileURLToPath(new URL(module, import.meta.url));
}

/** Builds into a temporary folder and renames it, so that a folder with the right name always holds a whole build. */
async function buildInto(build: Build, folder: string): Promise<string> {
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder(), { recursive: true });
  const temporary = mkdtempSync(join(cacheFolder(), ".build-"));
  try {
    process.stderr.write(`lab: building ${build.name}\n`);
    await ("package" in build ? unpack(build, temporary) : go(build, temporary));
    rename(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** Another process may have put the same build there in the meantime. */
function rename(temporary: string, folder: string): void {
  try {
    renameSync(temporary, folder);
  } catch (cause) {
    if (!existsSync(folder)) throw cause;
  }
}

function go({ args, module }: GoBuild, output: string): Promise<void> {
  const [verb = "", ...rest] = args;
  const argv = verb === "build" ? [verb, "-o", `${output}/`, ...rest] : [verb, ...rest];
  const env = { ...process.env, CGO_ENABLED: "0", GOBIN: output };
  return run("go", argv, { cwd: module === undefined ? output : sourceFolder(module), env });
}

async function unpack({ package: name }: DebianPackage, output: string): Promise<void> {
  const download = () => run("apt-get", ["download", name], { cwd: output });
  // A machine that has no lists of packages yet gets them.
  await download().catch(() => run("apt-get", ["update"], { cwd: output }).then(download));
  for (const file of readdirSync(output)) {
    await run("dpkg", ["-x", file, output], { cwd: output });
    rmSync(join(output, file));
  }
}

function run(name: string, argv: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Promise<void> {
  const child = spawn(name, argv, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Cannot get lab program: ${name} ${argv[0]} ended with ${code}\n${complaints.trim()}`));
    });
  });
}

if (import.meta.main) {
  const obstacle = labObstacle();
  // Elsewhere there is nothing to build for; in CI it fails.
  if (obstacle !== undefined && !process.env.CI) process.stdout.write(`Nothing to build. ${obstacle}\n`);
  else for (const [name, path] of await programs()) process.stdout.write(`${name}\t${path}\n`);
}
