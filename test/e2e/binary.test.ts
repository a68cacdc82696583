import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../lab/eventually.ts";
import { BINARY } from "./binary.ts";

test("tsmon --version names version, revision and runtime", () => {
  const text = execFileSync(BINARY, ["--version"], { encoding: "utf8" });
  assert.match(text, /^tsmon \d+\.\d+\.\d+ \(revision [0-9a-f]{12}(-dirty)?, bun \d+\.\d+\.\d+\)\n$/);
});

test("the binary reads no .env and no bunfig.toml of the folder that it is started in", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tsmon-env-"));
  writeFileSync(join(folder, ".env"), "TSMON_AGENT_LOG_LEVEL=nonsense\nTSMON_AGENT_WEB_LISTEN=127.0.0.1:1\n");
  writeFileSync(join(folder, "bunfig.toml"), "this is no TOML");
  const child = spawn(BINARY, ["agent", "--web.listen=127.0.0.1:0"], { cwd: folder });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await eventually("the start line", () => output.includes("Serving metrics"));
  child.kill("SIGTERM");
  assert.equal(await exited, 0, output);
  rmSync(folder, { recursive: true, force: true });
});
