import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import { FakeServiceManager } from "../integration/fake-service-manager.ts";
import { eventually } from "../lab/eventually.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Compiling downloads the runtime of the other machine, once. */
const TIMEOUT = { timeout: 300_000 };
const QEMU = "/usr/bin/qemu-aarch64-static";
/** Where Debian's libc6-arm64-cross is. */
const SYSROOT = "/usr/aarch64-linux-gnu";

const obstacle =
  process.arch === "arm64"
    ? "this machine needs no emulation"
    : existsSync(QEMU) && existsSync(SYSROOT)
      ? undefined
      : "qemu-user-static and libc6-arm64-cross are not installed";

/** Answers of an agent that runs by a command line, until it is stopped. */
async function served(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ text: string; code: number | null; log: string }> {
  const port = await freePort();
  const [file = "", ...args] = [...argv, "agent", `--web.listen=127.0.0.1:${port}`, "--socket=/nonexistent"];
  const options = { env: { ...process.env, ...env } };
  const child: ChildProcess = spawn(file, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const ended = once(child, "exit");
  try {
    await eventually("the start line", () => log.includes("Serving metrics"), 60);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    child.kill("SIGTERM");
    const [code] = await ended;
    return { text, code, log };
  } finally {
    child.kill("SIGKILL");
  }
}

function compile(target: string): void {
  const command = ["scripts/build-targets.ts", "--only", target, "--compile"];
  execFileSync(`${root}node_modules/.bin/bun`, command, { cwd: root, stdio: "ignore" });
}

const FAMILIES = [
  "node_load1",
  "node_cpu_seconds_total",
  "node_memory_MemTotal_bytes",
  "node_filesystem_size_bytes",
  "tailscale_up",
];

function assertScrape(text: string): void {
  for (const family of FAMILIES) assert.match(text, new RegExp(`^${family}[ {]`, "m"));
}

describe("the binary for linux-arm64 on a Cortex-A53", {
  skip: obstacle !== undefined && !process.env.CI && obstacle,
}, () => {
  const binary = `${root}dist/tsmon-linux-arm64`;
  const emulated = [QEMU, "-cpu", "cortex-a53", "-L", SYSROOT, binary];

  test("starts", TIMEOUT, () => {
    compile("linux-arm64");
    const [file = "", ...args] = [...emulated, "--version"];
    assert.match(execFileSync(file, args, { encoding: "utf8" }), /^tsmon \d+\.\d+\.\d+ \(revision \S+, bun /);
    assert.ok(statSync(binary).size < 130e6);
  });

  test("serves a scrape and stops in order", TIMEOUT, async () => {
    const { text, code, log } = await served(emulated);
    assert.equal(code, 0, log);
    assertScrape(text);
  });
});

const MUSL_GCC = "/usr/bin/musl-gcc";
const noMusl =
  process.arch === "x64" && existsSync(MUSL_GCC) ? undefined : "musl-tools is not installed, or for another processor";

describe("the binary for linux-amd64-musl with musl's loader", {
  skip: noMusl !== undefined && !process.env.CI && noMusl,
}, () => {
  const libraries = mkdtempSync(join(tmpdir(), "tsmon-musl-"));
  after(() => rmSync(libraries, { recursive: true, force: true }));

  test("serves a scrape, and speaks to the service manager", TIMEOUT, async () => {
    compile("linux-amd64-musl");
    const shim = fileURLToPath(new URL("musl-shim.c", import.meta.url));
    execFileSync(MUSL_GCC, ["-shared", "-fPIC", "-o", join(libraries, "ld-linux-x86-64.so.2"), shim]);
    for (const name of ["libstdc++.so.6", "libgcc_s.so.1"])
      copyFileSync(join("/usr/lib/x86_64-linux-gnu", name), join(libraries, name));
    using manager = new FakeServiceManager();
    const env = { LD_LIBRARY_PATH: libraries, NOTIFY_SOCKET: manager.address };
    const { text, code, log } = await served([`${root}dist/tsmon-linux-amd64-musl`], env);
    assert.equal(code, 0, log);
    assertScrape(text);
    assert.deepEqual(
      manager.messages.map((message) => message.split("\n")[0]),
      ["READY=1", "STOPPING=1"],
    );
  });
});
