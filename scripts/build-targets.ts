import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** What a build is for, and the name of its file. */
interface Target {
  readonly target: string;
  readonly file: string;
}

/** Every released binary. The x64 ones run on processors without AVX2 too. */
const TARGETS: readonly Target[] = [
  { target: "bun-linux-x64-baseline", file: "tsmon-linux-amd64" },
  { target: "bun-linux-x64-musl-baseline", file: "tsmon-linux-amd64-musl" },
  { target: "bun-linux-arm64", file: "tsmon-linux-arm64" },
  { target: "bun-linux-arm64-musl", file: "tsmon-linux-arm64-musl" },
];

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * `bun scripts/build-targets.ts` compiles every target into dist/ and writes SHA256SUMS; with `--single`, only dist/tsmon
 * for this machine.
 */
function main(args: readonly string[]): void {
  mkdirSync(`${root}dist`, { recursive: true });
  if (args.includes("--single")) {
    compile({ target: "bun", file: "tsmon" });
    return;
  }
  for (const target of TARGETS) compile(target);
  const sums = TARGETS.map(({ file }) => `${sha256(`${root}dist/${file}`)}  ${file}\n`);
  writeFileSync(`${root}dist/SHA256SUMS`, sums.join(""));
}

/** Bytecode halves the start; nothing of the folder that the binary is started in is read: no .env, no bunfig.toml. */
function compile({ target, file }: Target): void {
  process.stderr.write(`Compiling dist/${file}\n`);
  const options = [
    `--target=${target}`,
    "--minify",
    "--bytecode",
    "--format=esm",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--define=TSMON_REVISION=${JSON.stringify(revision())}`,
    `--outfile=${root}dist/${file}`,
  ];
  execFileSync(process.execPath, ["build", "--compile", ...options, `${root}src/main.ts`], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Commit of the source; a tree with changes says so. */
function revision(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--abbrev=12", "--dirty", "--exclude=*"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

main(process.argv.slice(2));
