import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod/mini";
import { type Collector, Incomplete } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { glob, isPattern } from "./glob.ts";
import type { Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { type FileFamily, withFamilies, withOneHelp } from "./textfile-families.ts";
import { type Textfile, TextfileReader } from "./textfile-reader.ts";

/** Settings of {@linkcode textfile}. */
export const textfileSettings = {
  "collector.textfile.directory": z._default(z.array(z.string()), []).register(z.globalRegistry, {
    description: "Folder of .prom files with metrics to report; wildcards are allowed",
    placeholder: "DIR",
  }),
};

const MTIME = gauge("node_textfile_mtime_seconds", "Unixtime mtime of textfiles successfully read.", ["file"]);
const SCRAPE_ERROR = gauge(
  "node_textfile_scrape_error",
  "1 if there was an error opening or reading a file, 0 otherwise",
);

/** Problems that are told; the rest is counted. */
const PROBLEMS_TOLD = 3;

/** What the files of a scrape have. */
interface Findings {
  readonly families: FileFamily[];
  /** Times of the last change by path. */
  readonly mtimes: Map<string, number>;
  /** What could not be read. */
  readonly errors: string[];
  /** What could be read, but not be reported. */
  readonly clashes: string[];
}

/** Metrics that other programs leave in files, in Prometheus's text format. */
export function textfile(settings: Settings<typeof textfileSettings>): Collector<HostSource> {
  const directories = settings["collector.textfile.directory"];
  const reader = new TextfileReader();
  return {
    name: "textfile",
    metrics: () => [MTIME, SCRAPE_ERROR],
    collect({ now }) {
      const nowMs = now();
      const found = readDirectories(directories, (path) => reader.read(path, nowMs));
      reader.end();
      const families = withOneHelp(found.families, found.errors);
      const own = [SCRAPE_ERROR.sample(Number(found.errors.length > 0))];
      for (const [file, seconds] of found.mtimes) own.push(MTIME.sample(seconds, { file }));
      const samples = withFamilies(own, families, found.clashes);
      const problems = [...found.errors, ...found.clashes];
      if (problems.length > 0) throw new Incomplete(problemText(problems), { samples });
      return samples;
    },
  };
}

function problemText(problems: readonly string[]): string {
  const more = problems.length - PROBLEMS_TOLD;
  const told = problems.slice(0, PROBLEMS_TOLD).join("; ");
  return `Cannot report all textfiles: ${told}${more > 0 ? `; and ${more} more` : ""}`;
}

function readDirectories(directories: readonly string[], read: (path: string) => Textfile): Findings {
  const found: Findings = { families: [], mtimes: new Map(), errors: [], clashes: [] };
  for (const directory of directories) {
    if (directory === "") continue;
    const paths = isPattern(directory) ? glob(directory) : [];
    for (const path of paths.length > 0 ? paths : [directory]) readDirectory(path, found, read);
  }
  return found;
}

function readDirectory(directory: string, found: Findings, read: (path: string) => Textfile): void {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(".prom"));
    for (const name of names.sort()) readFile(join(directory, name), found, read);
  } catch (error) {
    found.errors.push(`${directory}: ${reasonOf(error)}`);
  }
}

function readFile(path: string, { families, mtimes, errors }: Findings, read: (path: string) => Textfile): void {
  try {
    const file = read(path);
    for (const family of file.families) families.push({ ...family, path });
    mtimes.set(path, file.mtimeSeconds);
  } catch (error) {
    errors.push(`${path}: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
