import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "../e2e/binary.ts";
import { freePort } from "../free-port.ts";
import { FakeTailscaled, peerOf, statusOf } from "../integration/fake-tailscaled.ts";
import { eventually } from "../lab/eventually.ts";
import { median, type Row } from "./harness.ts";
import { cpuMs, memoryOf } from "./server.ts";

const SIZES = [500, 5000, 50_000] as const;
/** The size that the targets are about. */
const TYPICAL = 5000;
const ROUNDS = 11;
const IDLE_SECONDS = 30;

/** Lists of a large tailnet from memory, and the time from a change in tailscaled to a list that has it. */
export async function discoverRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const devices of SIZES) rows.push(...(await rowsOf(devices)));
  return rows;
}

async function rowsOf(devices: number): Promise<Row[]> {
  const status = statusOf(devices);
  const peers = status.Peer as Record<string, unknown>;
  await using tailscaled = await FakeTailscaled.start({ status });
  await using discover = await startDiscover(tailscaled.socketPath);
  const { url, pid } = discover;
  await eventually("the whole list", async () => (await devicesIn(url)) === devices + 1);
  const cached = median(await timesOf(() => devicesIn(url)));
  let joined = 0;
  const join = median(
    await timesOf(async () => {
      joined++;
      peers[`nodekey:new${joined}`] = peerOf(devices + joined);
      tailscaled.notify({ SelfChange: {} });
      while ((await devicesIn(`${url}?name=host-${devices + joined}`)) !== 1) await rest(0.005);
      await rest(2.5); // hints are obeyed no more often in the long run
    }, 5),
  );
  const joinMs = join - 2500;
  const what = `with ${devices.toLocaleString("en")} devices`;
  if (devices !== TYPICAL) {
    return [
      { what: `list from memory ${what}`, value: cached, unit: "ms" },
      { what: `join to listed ${what}`, value: joinMs, unit: "ms" },
      { what: `resident memory of discover ${what}`, value: memoryOf(pid).resident, unit: "MB" },
    ];
  }
  const beforeMs = cpuMs(pid);
  await rest(IDLE_SECONDS);
  const idleMs = cpuMs(pid) - beforeMs;
  return [
    { what: `list from memory ${what}`, value: cached, unit: "ms", target: { text: "at most 5 ms", limit: 5 } },
    { what: `join to listed ${what}`, value: joinMs, unit: "ms", target: { text: "at most 1 s", limit: 1000 } },
    {
      what: `resident memory of discover ${what}`,
      value: memoryOf(pid).resident,
      unit: "MB",
      target: { text: "at most 80 MB", limit: 80 },
    },
    {
      what: `CPU of discover in ${IDLE_SECONDS} s without a change, ${what}`,
      value: idleMs,
      unit: "ms",
      target: { text: "at most 0.5 % of a core", limit: IDLE_SECONDS * 5 },
    },
  ];
}

async function startDiscover(socket: string) {
  const state = mkdtempSync(join(tmpdir(), "tsmon-bench-"));
  const address = `127.0.0.1:${await freePort()}`;
  const flags = ["--web.listen", address, "--socket", socket, "--state.dir", state, "--target", "9100"];
  const child = spawn(BINARY, ["discover", "--agents", "none", ...flags], { stdio: "ignore" });
  const ended = once(child, "exit");
  return {
    url: `http://${address}/sd`,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** Number of targets in a list, 0 when there is none; groups stand on lines of their own. */
async function devicesIn(url: string): Promise<number> {
  const response = await fetch(url, { headers: { "Accept-Encoding": "identity" } });
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!response.ok) return 0;
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return Math.max(0, lines - 2);
}

async function timesOf(work: () => Promise<unknown>, rounds: number = ROUNDS): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return times;
}

function rest(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
