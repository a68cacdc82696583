// Everything that this machine can run, one level after another: `npm test`. Plain JavaScript, see install.mjs.
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const HERMETIC = ["test/unit", "test/golden", "test/integration"];

/**
 * Levels in groups, which run one after another; those of a group run at once, which two cores do in half the time.
 * Each level: a title, the command, and what reads `[passed, failed, skipped]` from its output.
 */
const GROUPS = [
  [
    ["programs of the lab, minutes for the first time", ["bun", "test/lab/programs.ts"], preparation],
    ["types (tsc)", ["tsc", "--noEmit", "-p", "."], oneCheck],
    ["types (deno check)", ["deno", "check", "--quiet", "src/main.ts", "scripts", "test"], oneCheck],
    ["format and lint", ["biome", "ci", "--error-on-warnings", "--colors=off"], oneCheck],
    ["generated pages and units are up to date", ["bun", "scripts/docs.ts", "--check"], oneCheck],
  ],
  [
    [
      "hermetic tests on Bun",
      ["bun", "test", "--timeout", "60000", ...HERMETIC.map((folder) => `./${folder}`)],
      bunCounts,
    ],
    ["hermetic tests on Deno", ["deno", "test", "-A", "--no-check", "--quiet", ...HERMETIC], denoCounts],
  ],
  [["binary for this machine", ["bun", "scripts/build-targets.ts", "--single"], oneCheck]],
  [
    [
      "end to end: the binary in a real tailnet",
      ["bun", "test", "--timeout", "300000", "./test/e2e", "./test/lab"],
      bunCounts,
    ],
  ],
];

const only = process.argv.slice(2);
const totals = [0, 0, 0];
/** Lines by which tests say what they skip, and why. Several files may say the same. */
const skips = new Set();
/** What failed, said again at the end, where it is looked for in a log of thousands of lines. */
const failures = [];
for (const group of GROUPS) {
  const levels = group.filter(([title]) => only.length === 0 || only.some((word) => title.includes(word)));
  for (const counts of await Promise.all(levels.map(runLevel))) {
    counts.forEach((value, index) => {
      totals[index] += value;
    });
  }
}

const [passed, failed, skipped] = totals;
if (skipped > 0 && process.env.CI) skips.add("Nothing may be skipped where CI is set.");
const sum = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
process.stdout.write(["", ...failures, ...skips, sum, ""].join("\n"));
process.exit(failed > 0 || passed === 0 || (skipped > 0 && process.env.CI) ? 1 : 0);

/** The first of a group is shown as it goes on, each other one when it has ended. */
async function runLevel([title, command, count], index) {
  const heading = `\n== ${title}: ${command.join(" ")}\n`;
  const isShown = index === 0;
  if (isShown) process.stdout.write(heading);
  const { code, output } = await run(command, isShown);
  if (!isShown) process.stdout.write(heading + output);
  for (const [line] of output.matchAll(/^Skipping .*$/gm)) skips.add(line);
  const counts = count(code, output);
  // A run that fails without a failed test has broken down before or after its tests.
  if (code !== 0 && counts[1] === 0) counts[1] = 1;
  if (counts[1] > 0) failures.push(`== Failed: ${title}`, ...whatFailed(output), "");
  return counts;
}

/** Bun says why before it names the test that failed, Deno in a section at the end; other tools say little else. */
function whatFailed(output) {
  const [details] = output.split(/^\d+ tests? failed:$/m);
  const lines = details.trimEnd().split("\n");
  const isResult = (line) => /^\((?:pass|fail|skip|todo)\) /.test(line);
  const failed = lines.flatMap((line, index) => {
    if (!line.startsWith("(fail) ")) return [];
    const before = lines.slice(Math.max(index - 40, 0), index);
    return [...before.slice(before.findLastIndex(isResult) + 1), line];
  });
  return failed.length > 0 ? failed : lines.slice(Math.max(lines.indexOf(" ERRORS "), lines.length - 100, 0));
}

function run([name, ...args], isShown) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const path = `${root}node_modules/.bin:${process.env.PATH}`;
  const child = spawn(`${root}node_modules/.bin/${name}`, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: path, NO_COLOR: "1" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (isShown) process.stdout.write(text);
    });
  }
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 1, output: error.message }));
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

function preparation(code) {
  return code === 0 ? [0, 0, 0] : [0, 1, 0];
}

function oneCheck(code) {
  return code === 0 ? [1, 0, 0] : [0, 1, 0];
}

function bunCounts(_code, output) {
  return ["pass", "fail", "skip"].map((word) => Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(output)?.[1] ?? 0));
}

function denoCounts(_code, output) {
  return ["passed", "failed", "ignored"].map((word) => {
    return Number(new RegExp(`^(?:ok|FAILED) \\|.*?(\\d+) ${word}`, "m").exec(output)?.[1] ?? 0);
  });
}
