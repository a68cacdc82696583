import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
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
  test("values after an equals sign", async () =>
    assert.deepEqual(await bash("tsmon", "agent", "--log.format", "=", "j"), ["json"]));
  test("modes", async () => assert.ok((await bash("tsmon", "install", "")).includes("agent")));
  test("flags of the mode that is installed", async () => {
    assert.deepEqual(await bash("tsmon", "install", "agent", "--peers.l"), ["--peers.limit"]);
    assert.deepEqual(await bash("tsmon", "uninstall", "agent", "--"), ["--dry-run", "--purge", "--help"]);
  });
  test("what can be generated", async () => assert.deepEqual(await bash("tsmon", "generate", "a"), ["acl"]));
  test("shells", async () =>
    assert.deepEqual(await bash("tsmon", "completion", ""), ["--help", "bash", "fish", "zsh"]));
});

describe("completion for fish", { ...TIMEOUT, skip: skipWithout("fish") }, () => {
  const fish = (line: string) => complete("fish", `source FILE; complete -C '${line}' | cut -f 1`);
  test("commands", async () => assert.deepEqual(await fish("tsmon do"), ["doctor"]));
  test("flags", async () =>
    assert.deepEqual((await fish("tsmon agent --log.")).sort(), ["--log.format", "--log.level"]));
  test("values", async () => assert.deepEqual(await fish("tsmon agent --log.format j"), ["json"]));
  test("flags of the mode that is installed", async () => {
    assert.deepEqual(await fish("tsmon install agent --peers.l"), ["--peers.limit"]);
    assert.deepEqual(await fish("tsmon uninstall agent --"), ["--dry-run", "--help", "--purge"]);
  });
  test("what can be generated", async () => assert.deepEqual(await fish("tsmon generate a"), ["acl"]));
});

/** In a terminal, for zsh completes nowhere else. Its module `zpty` is one. What is on the line after a Tab. */
const ZSH = `
zmodload zsh/zpty
zpty -b shell TERM=dumb zsh -f
zpty -w shell "PS1=; fpath=(WORK $fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell 'answer() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N answer; bindkey "^A" answer; print ready""now'
zpty -r shell text '*readynow*'
zpty -n -w shell LINE$'\\t\\001'
zpty -r shell text '*<*>*'
print -r -- "\${\${text##*<}%%>*}"
`;

describe("completion for zsh", { ...TIMEOUT, skip: skipWithout("zsh") }, () => {
  async function zsh(line: string): Promise<string> {
    writeFileSync(join(work, "_tsmon"), await completionScript("zsh"));
    const script = ZSH.replaceAll("WORK", work).replaceAll("LINE", `'${line}'`);
    return execFileSync("zsh", ["-f", "-c", script], { encoding: "utf8", timeout: 30_000 }).trim();
  }
  for (const [line, want] of [
    ["tsmon disc", "tsmon discover"],
    ["tsmon agent --log.fo", "tsmon agent --log.format="],
    ["tsmon agent --log.format j", "tsmon agent --log.format json"],
    ["tsmon agent --log.format=j", "tsmon agent --log.format=json"],
    ["tsmon install agent --peers.l", "tsmon install agent --peers.limit="],
    ["tsmon uninstall agent --pu", "tsmon uninstall agent --purge"],
    ["tsmon generate a", "tsmon generate acl"],
    ["tsmon completion z", "tsmon completion zsh"],
  ] as const)
    test(line, async () => assert.equal(await zsh(line), want));
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
  // Who installs the pages must know them all.
  const installer = readFileSync(new URL("../../../packaging/install.sh", import.meta.url), "utf8");
  const listed = /for name in (.*); do say "share\/man\/man1\/tsmon-\$name\.1"/.exec(installer)?.[1]?.split(" ") ?? [];
  const pages = Object.keys(await sharedFiles("1.2.3")).filter((path) => path.endsWith(".1"));
  assert.deepEqual(
    ["tsmon", ...listed.map((name) => `tsmon-${name}`)].sort(),
    pages.map((path) => basename(path, ".1")).sort(),
  );
});
