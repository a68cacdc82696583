import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { variablesOf } from "../../src/config/schema.ts";
import { AgentSettings, COLLECTORS } from "../../src/modes/agent/settings.ts";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => /(?<!\.d)\.ts$/.test(file));

/** Folder of src/ → the folders and files that it may import besides itself. Absent means none. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "exporter/collectors": ["exporter", "localapi", "config"],
  http: ["runtime"],
  localapi: ["http", "runtime"],
  web: ["runtime", "config"],
  config: ["runtime"],
  proxy: ["exporter", "config", "http", "runtime"],
  discovery: ["localapi", "control", "runtime"],
  control: ["config"],
  fleet: ["control", "exporter", "localapi"],
  modes: [
    "config",
    "control",
    "discovery",
    "fleet",
    "exporter",
    "exporter/collectors",
    "http",
    "localapi",
    "proxy",
    "runtime",
    "web",
    "log",
    "version",
  ],
  main: ["modes"],
};

/** The part of the architecture that a file belongs to: its first folder, or its own name. */
function partOf(file: string): string {
  if (file.startsWith("exporter/collectors/")) return "exporter/collectors";
  return file.split("/")[0]!.replace(/\.ts$/, "");
}

for (const file of files) {
  const text = readFileSync(`${src}/${file}`, "utf8");

  test(`${file} imports only what its folder may`, () => {
    const from = partOf(file);
    for (const [, target] of text.matchAll(/(?:from |import |import\()"(\.[^"]+)"/g)) {
      const path = new URL(target!, `file:///${file}`).pathname.slice(1);
      if (path === "package.json") continue;
      const to = partOf(path);
      assert.ok(to === from || MAY_IMPORT[from]?.includes(to), `${file} imports ${target}`);
    }
  });

  test(`${file} keeps to the runtime, the environment and the console where they belong`, () => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    if (!file.startsWith("runtime/")) assert.doesNotMatch(code, /(?<!")\b(?:Bun|Deno)\./);
    if (!file.startsWith("modes/")) assert.doesNotMatch(code, /process\.env|\benv\b[^}\n]*\} = process\b/);
    assert.doesNotMatch(code, /\bconsole\./);
    if (file !== "main.ts") assert.doesNotMatch(code, /process\.exit\b|process\.exitCode/);
    if (!file.startsWith("modes/")) assert.doesNotMatch(code, /"node:child_process"/);
  });

  test(`${file} has at most 300 lines`, () => assert.ok(text.split("\n").length <= 300));
}

/** What takes 2 to 14 ms of a start, or megabytes, and is to be loaded where it is used. */
const SLOW = [
  ...["node:child_process", "node:crypto", "node:fs/promises", "node:http", "node:https", "node:net"],
  ...["bcryptjs", "citty", "re2js", "yaml", "zod"],
];

/** A file of src/ with all that it imports at once, by what they import from elsewhere. */
function importsOf(file: string, seen = new Map<string, string[]>()): ReadonlyMap<string, string[]> {
  if (seen.has(file) || !file.endsWith(".ts")) return seen;
  const text = readFileSync(`${src}/${file}`, "utf8");
  const statements = text.matchAll(/^(?:import|export)\s(?!type\b)(?:[^;"]*?\sfrom\s)?"([^"]+)"/gm);
  const targets = [...statements].map(([, target]) => target!);
  seen.set(
    file,
    targets.filter((target) => !target.startsWith(".")),
  );
  for (const target of targets.filter((each) => each.startsWith("."))) {
    importsOf(new URL(target, `file:///${file}`).pathname.slice(1), seen);
  }
  return seen;
}

for (const entry of ["main.ts", "modes/agent.ts", "modes/discover.ts", "modes/fleet.ts"]) {
  test(`${entry} loads nothing slow at once`, () => {
    const imports = [...importsOf(entry)];
    assert.ok(imports.length > 1, `${entry} imports nothing`);
    const slow = imports.filter(([, names]) => names.some((name) => SLOW.includes(name)));
    assert.deepEqual(Object.fromEntries(slow), {});
  });
}

test("COLLECTORS have names of their own", () => {
  const names = COLLECTORS.map(({ name }) => name);
  assert.deepEqual([...new Set(names)], names);
});

test("AgentSettings have variables of their own", () => {
  assert.ok(variablesOf(AgentSettings, "agent").size > 40);
});
