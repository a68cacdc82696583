import { readFileSync } from "node:fs";
import process from "node:process";
import { asksFor } from "../config/arguments.ts";
import { helpOf } from "../config/help.ts";
import { resolveSettings } from "../config/load.ts";
import { printSettings } from "../config/print.ts";
import { ConfigError } from "../config/problem.ts";
import { aclOf } from "./generate/acl.ts";
import { AclSettings } from "./generate/acl-settings.ts";

const MODE = "generate acl";

const USAGE = `Usage: tsmon generate WHAT [flags]

Prints a file for the tools around tsmon.

What:
  acl        Grants and tags for the tailnet's policy file, as HuJSON

tsmon generate acl --help tells its flags.
`;

const HELP = {
  schema: AclSettings,
  mode: MODE,
  description: "Prints the grants and tags that a tailnet's policy needs for tsmon, with the reasons, as HuJSON.",
  examples: [
    { command: "tsmon generate acl", does: "Let nodes with tag:prometheus read the agents on all nodes." },
    {
      command: "tsmon generate acl --agents tag:server --people group:ops",
      does: "Agents on servers only, and web pages for a group.",
    },
  ],
};

/** `tsmon generate WHAT`: prints a file, and returns the exit code. */
export async function runGenerate(argv: readonly string[]): Promise<number> {
  const [what, ...rest] = argv;
  if (what === "acl") return generateAcl(rest);
  if (what === "--help" || what === "-h" || what === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  process.stderr.write(
    `${what === undefined ? "Generate what?" : `Cannot generate ${JSON.stringify(what)}: expected acl`}\n\n${USAGE}`,
  );
  return 2;
}

async function generateAcl(argv: readonly string[]): Promise<number> {
  const { env, stdout } = process;
  if (asksFor(argv)) {
    stdout.write(helpOf(HELP, { columns: stdout.columns, colour: Boolean(stdout.isTTY) && !env.NO_COLOR }));
    return 0;
  }
  try {
    const readFile = async (path: string) => readFileSync(path, "utf8");
    const { settings, given } = await resolveSettings({ schema: AclSettings, mode: MODE, argv, env, readFile });
    if (settings["config.print"]) stdout.write(await printSettings(AclSettings, given));
    else if (!settings["config.check"]) stdout.write(aclOf(settings));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}
