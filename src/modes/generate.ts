import { join } from "node:path";
import process from "node:process";
import type * as z from "zod/mini";
import { aclOf } from "./generate/acl.ts";
import { AclSettings } from "./generate/acl-settings.ts";
import { prometheusConfig } from "./generate/prometheus.ts";
import { PrometheusSettings } from "./generate/prometheus-settings.ts";
import { type Command, resolveCommand } from "./shared/command.ts";
import { replaceFile } from "./shared/replace-file.ts";

/** A schema with a setting of where the file goes. */
type KindSchema = typeof AclSettings | typeof PrometheusSettings;

/** A file that can be made. */
interface Kind<Schema extends KindSchema> extends Command<Schema> {
  /** As it reads in the list of kinds. */
  readonly what: string;
  /** Its name in the folder of `--out`. */
  readonly file: string;
  readonly make: (settings: Readonly<z.output<Schema>>) => string;
}

const ACL: Kind<typeof AclSettings> = {
  schema: AclSettings,
  mode: "generate acl",
  what: "Grants and tags for the tailnet's policy file, as HuJSON",
  file: "acl.hujson",
  description: "Prints the grants and tags that a tailnet's policy needs for tsmon, with the reasons, as HuJSON.",
  examples: [
    { command: "tsmon generate acl", does: "Let nodes with tag:prometheus read the agents on all nodes." },
    {
      command: "tsmon generate acl --agents tag:server --people group:ops",
      does: "Agents on servers only, and web pages for a group.",
    },
  ],
  make: aclOf,
};

const PROMETHEUS: Kind<typeof PrometheusSettings> = {
  schema: PrometheusSettings,
  mode: "generate prometheus",
  what: "A scrape configuration for Prometheus, as YAML",
  file: "prometheus.yml",
  description: "Prints a scrape configuration for what tsmon discover serves.",
  examples: [
    { command: "tsmon generate prometheus > prometheus.yml", does: "A whole configuration for Prometheus." },
    { command: "tsmon generate prometheus --snippet", does: "The entries to paste into one that there is." },
  ],
  make: ({ discover, snippet: isSnippet }) => prometheusConfig({ discover, isSnippet }),
};

/** What can be made, by its word on the command line. */
export const KINDS = { acl: ACL, prometheus: PROMETHEUS } as const;

const RUNS: Readonly<Record<keyof typeof KINDS, (argv: readonly string[]) => Promise<number>>> = {
  acl: (argv) => generate(ACL, argv),
  prometheus: (argv) => generate(PROMETHEUS, argv),
};

const USAGE = `Usage: tsmon generate WHAT [flags]

Makes a file for the tools around tsmon, on stdout or in a folder.

What:
  acl         ${ACL.what}
  prometheus  ${PROMETHEUS.what}

tsmon generate WHAT --help tells its flags.
`;

/** `tsmon generate WHAT`: makes a file, and returns the exit code. */
export async function runGenerate(argv: readonly string[]): Promise<number> {
  const [what = "", ...rest] = argv;
  if (Object.hasOwn(RUNS, what)) return RUNS[what as keyof typeof RUNS](rest);
  if (what === "--help" || what === "-h" || what === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  const problem = `Cannot generate ${JSON.stringify(what)}: expected ${Object.keys(KINDS).join(", ")}`;
  process.stderr.write(`${what === "" ? "Generate what?" : problem}\n\n${USAGE}`);
  return 2;
}

async function generate<Schema extends KindSchema>(kind: Kind<Schema>, argv: readonly string[]): Promise<number> {
  const resolved = await resolveCommand(kind, argv);
  if (typeof resolved === "number") return resolved;
  const text = kind.make(resolved.settings);
  const { out } = resolved.settings;
  if (out === undefined) {
    process.stdout.write(text);
    return 0;
  }
  const path = join(out, kind.file);
  try {
    await replaceFile(path, text, 0o644);
  } catch (error) {
    process.stderr.write(`Cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? error}\n`);
    return 1;
  }
  process.stderr.write(`Wrote ${path}\n`);
  return 0;
}
