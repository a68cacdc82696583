import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import process from "node:process";
import { NODE_EXPORTER_VERSION } from "../../lab/programs.ts";
import { unpackTtar } from "./ttar.ts";

const MODULE = `github.com/prometheus/node_exporter@v${NODE_EXPORTER_VERSION}`;

/**
 * Folder of the fixtures that node_exporter is tested with, in Go's module cache; undefined when they are not there. In CI
 * they are fetched.
 *
 * @throws {Error} In CI, if they cannot be had.
 */
export function nodeExporterFixtures(): string | undefined {
  const proxy = process.env.CI ? {} : { GOPROXY: "off" };
  const env = { ...process.env, GOFLAGS: "", GO111MODULE: "on", ...proxy };
  try {
    const answer = execFileSync("go", ["mod", "download", "-json", MODULE], {
      cwd: "/",
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 60_000,
    });
    const folder = `${(JSON.parse(answer) as { Dir: string }).Dir}/collector/fixtures`;
    if (existsSync(folder)) return folder;
    throw new Error(`no ${folder}`);
  } catch (error) {
    if (process.env.CI) throw new Error(`Cannot find ${MODULE} in Go's module cache`, { cause: error });
    return undefined;
  }
}

/** Makes of the fixtures what node_exporter's own test runs on: a root with `collector/fixtures` in it. */
export function makeFixtureHost(fixtures: string, root: string): void {
  const folder = `${root}/collector/fixtures`;
  mkdirSync(folder, { recursive: true });
  for (const name of ["sys", "udev"]) unpackTtar(readFileSync(`${fixtures}/${name}.ttar`, "latin1"), folder);
  for (const name of ["proc", "textfile", "usr", "pci.ids"]) {
    cpSync(`${fixtures}/${name}`, `${folder}/${name}`, { recursive: true });
    makeWritable(`${folder}/${name}`);
  }
  // An archive of a Go module has no symbolic links.
  symlinkSync("10", `${folder}/proc/self`);
}

/** Go's module cache is read-only, and so is its copy, which is to be removed again. */
function makeWritable(path: string): void {
  chmodSync(path, 0o755);
  for (const entry of path.endsWith(".ids") ? [] : readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(`${path}/${entry.name}`);
  }
}
