import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import packageJson from "../package.json" with { type: "json" };
import { packageRelease } from "./release/package.ts";
import { TARGETS, type Target } from "./release/targets.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist/`;

const USAGE = `Usage: bun scripts/build-targets.ts [--single | --only NAME ...] [--compile] [--fast] [--base-url URL]

Compiles every target into dist/ and makes the release: archives, Debian packages, install.sh and SHA256SUMS.

  --single        Only dist/tsmon, for this machine, without a release
  --only NAME     Only this target, such as linux-arm64-musl; repeatable
  --compile       Only the binaries, without a release
  --fast          Compress quickly instead of well, for tests
  --base-url URL  Where install.sh downloads from unless it is told
`;

/** Compiles, and packs what a release consists of. */
async function main(args: readonly string[]): Promise<void> {
  const valuesOf = (flag: string) => args.flatMap((word, index) => (args[index - 1] === flag ? [word] : []));
  if (args.includes("--help")) return void process.stdout.write(USAGE);
  mkdirSync(dist, { recursive: true });
  if (args.includes("--single")) return compile("bun", "tsmon");
  const only = valuesOf("--only");
  const targets = TARGETS.filter(({ name }) => only.length === 0 || only.includes(name));
  for (const { target, name } of targets) compile(target, `tsmon-${name}`);
  if (args.includes("--compile")) return;
  const installer = readFileSync(`${root}packaging/install.sh`, "utf8");
  await packageRelease({
    dist,
    targets,
    version: packageJson.version,
    mtime: sourceTime(),
    installer: installer.replace("@BASE_URL@", valuesOf("--base-url")[0] ?? ""),
    fast: args.includes("--fast"),
    onWritten: (name, bytes) => void process.stderr.write(`Wrote dist/${name}: ${(bytes / 1e6).toFixed(1)} MB\n`),
  });
}

/**
 * Bytecode halves the start. Another quarter of it is saved where a function becomes machine code only after a hundred times
 * the usual number of runs, until the first answer (src/runtime/memory.ts). Split, a mode loads no code of another.
 *
 * Nothing of the folder that the binary is started in is read: no .env, no bunfig.toml.
 */
function compile(target: Target["target"] | "bun", file: string): void {
  process.stderr.write(`Compiling dist/${file}\n`);
  const options = [
    `--target=${target}`,
    "--minify",
    "--bytecode",
    "--compile-jit-policy=100",
    "--splitting",
    "--format=esm",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--define=TSMON_REVISION=${JSON.stringify(revision())}`,
    `--outfile=${dist}${file}`,
  ];
  execFileSync(process.execPath, ["build", "--compile", ...options, `${root}src/main.ts`], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Commit of the source; a tree with changes says so. */
function revision(): string {
  return git("describe", "--always", "--abbrev=12", "--dirty", "--exclude=*") ?? "unknown";
}

/** Time of all files in the archives, in Unix seconds: that of the commit, unless SOURCE_DATE_EPOCH has another. */
function sourceTime(): number {
  return Number(process.env.SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct") ?? 0);
}

function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

await main(process.argv.slice(2));
