import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { sharedFiles } from "../../../scripts/release/contents.ts";
import { completionScript, type SHELL_NAMES } from "../../../src/modes/completion.ts";

const TIMEOUT = { timeout: 60_000 };
const work = mkdtempSync(join(tmpdir(), "tsmon-shells-"));
after(() => rmSync(work, { recursive: true, force: true }));

const skipWithout = (program: string) =>
  spawnSync(program, ["--version"]).error && !process.env.CI && `${program} is not installed`;

/** What a shell prints of a script that follows the completion. */
async function complete(shell: (typeof SHELL_NAMES)[number], script: string): Promise<string[]> {
  const file = join(work, `completion.${shell}`);
  writeFileSync(file, await completionScript(shell));
  const text = execFileSync(shell, ["-c", script.replaceAll("FILE", file)], { encoding: "utf8", cwd: work });
  return text.trim().split(/\s+/);
}

const bash = (...words: string[]) =>
  complete(
    "bash",
    `source FILE; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _tsmon; echo "\${COMPREPLY[@]}"`,
  );

describe("completion for bash", TIMEOUT, () => {
  test("commands", async () => assert.deepEqual(await bash("tsmon", "do"), ["doctor"]));
  test("flags", async () => assert.deepEqual(await bash("tsmon", "agent", "--log."), ["--log.level", "--log.format"]));
  test("both forms of a switch that is on", async () => {
    assert.deepEqual(await bash("tsmon", "agent", "--no-collector.loada"), ["--no-collector.loadavg"]);
    assert.deepEqual(await bash("tsmon", "agent", "--collector.loada"), ["--collector.loadavg"]);
  });
  test("values", async () => assert.deepEqual(await bash("tsmon", "agent", "--log.format", "j"), ["json"]));
  test("modes", async () => assert.ok((await bash("tsmon", "install", "")).includes("agent")));
  test("shells", async () =>
    assert.deepEqual(await bash("tsmon", "completion", ""), ["--help", "bash", "fish", "zsh"]));
});

describe("completion for fish", { ...TIMEOUT, skip: skipWithout("fish") }, () => {
  const fish = (line: string) => complete("fish", `source FILE; complete -C '${line}' | cut -f 1`);
  test("commands", async () => assert.deepEqual(await fish("tsmon do"), ["doctor"]));
  test("flags", async () =>
    assert.deepEqual((await fish("tsmon agent --log.")).sort(), ["--log.format", "--log.level"]));
  test("values", async () => assert.deepEqual(await fish("tsmon agent --log.format j"), ["json"]));
});

test("completion for zsh is a script that it can read", { ...TIMEOUT, skip: skipWithout("zsh") }, async () => {
  const file = join(work, "_tsmon");
  writeFileSync(file, await completionScript("zsh"));
  execFileSync("zsh", ["-n", file]);
  const loaded = `fpath=(${work} $fpath); autoload -Uz compinit; compinit -u -d ${work}/dump; echo $_comps[tsmon]`;
  assert.equal(execFileSync("zsh", ["-f", "-c", loaded], { encoding: "utf8" }).trim(), "_tsmon");
});

test("manual pages have no mistake that a formatter finds", { ...TIMEOUT, skip: skipWithout("man") }, async () => {
  for (const [path, page] of Object.entries(await sharedFiles("1.2.3"))) {
    if (!path.endsWith(".1")) continue;
    const file = join(work, path.split("/").at(-1)!);
    writeFileSync(file, page);
    const { stdout, stderr, status } = spawnSync("man", ["--warnings=w", "--encoding=UTF-8", file], {
      encoding: "utf8",
      env: { ...process.env, MANWIDTH: "80", LC_ALL: "C.UTF-8", MAN_KEEP_FORMATTING: "" },
    });
    assert.deepEqual([status, stderr], [0, ""], path);
    assert.match(stdout, /NAME\n +tsmon/, path);
  }
});
