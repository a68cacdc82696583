import { existsSync } from "node:fs";
import process from "node:process";
import { asksFor } from "../config/arguments.ts";
import type { HelpText } from "../config/help.ts";
import { resolveSettings } from "../config/load.ts";
import { ConfigError, type Given } from "../config/problem.ts";
import { belongsInFile } from "../config/schema.ts";
import { MASK } from "../config/secret.ts";
import { BUILD } from "../version.ts";
import { SERVICES, type ServiceName } from "./commands.ts";
import { carryOut, run, SYSTEM_FILES } from "./install/carry-out.ts";
import { installPlan, type Step, uninstallPlan } from "./install/plan.ts";
import { previewOf } from "./install/preview.ts";
import { environmentPath, flagsForOtherNetworks, refuseOddPlaces, unitName } from "./install/unit.ts";
import { MODES } from "./modes.ts";

const USAGE = `Usage: tsmon install MODE [--dry-run] [flags of the mode]
       tsmon uninstall MODE [--dry-run] [--purge]

Makes a mode a service of systemd: a system user, a hardened unit, its settings in /etc/tsmon/MODE.yaml, started now and at
every boot. Run again, it brings the unit up to date and restarts it. A file that was edited is never replaced.

Modes: ${SERVICES.join(", ")}

  --dry-run   Show every step and every file, and do nothing
  --purge     Remove the settings and the state too

Examples:
  tsmon install agent --peers active
  tsmon install agent --dry-run
  tsmon uninstall agent
`;

/** What is wrong with the command line. */
class UsageError extends Error {}

/** `tsmon install MODE`; returns the exit code. */
export function runInstall(argv: readonly string[]): Promise<number> {
  return guarded(argv, async (mode, flags) => {
    const dryRun = flags.includes("--dry-run");
    const help = await MODES[mode]();
    const wanted = await settingsOf(
      help,
      flags.filter((flag) => flag !== "--dry-run"),
    );
    const binary = ownBinary(dryRun);
    const forOtherNetworks = flagsForOtherNetworks(mode, wanted.settings);
    const steps = installPlan({ mode, binary, settings: wanted.text, forOtherNetworks, files: SYSTEM_FILES });
    if (dryRun) return preview(steps);
    refuseWithoutSystemd();
    refuseOddPlaces(binary);
    const unit = unitName(mode);
    const done = () => {
      const status = run(["systemctl", "show", "--property=StatusText", "--value", unit]).trim();
      process.stdout.write(`${unit} runs${status && `: ${status}`}\n`);
    };
    return perform(steps, done, unit);
  });
}

/** `tsmon uninstall MODE`; returns the exit code. */
export function runUninstall(argv: readonly string[]): Promise<number> {
  return guarded(argv, async (mode, flags) => {
    const unknown = flags.find((flag) => flag !== "--dry-run" && flag !== "--purge");
    if (unknown !== undefined) throw new UsageError(`Unknown flag ${JSON.stringify(unknown)}`);
    const steps = uninstallPlan(mode, flags.includes("--purge"), SYSTEM_FILES);
    if (flags.includes("--dry-run")) return preview(steps);
    refuseWithoutSystemd();
    return perform(steps, () => process.stdout.write(`${unitName(mode)} has ended, and starts at boot no more\n`));
  });
}

async function guarded(
  argv: readonly string[],
  command: (mode: ServiceName, flags: readonly string[]) => Promise<number>,
): Promise<number> {
  const [mode, ...flags] = argv;
  if (asksFor(argv) === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    const known = SERVICES.find((name) => name === mode);
    if (known) return await command(known, flags);
    throw new UsageError(mode === undefined ? "Which mode?" : `Unknown mode ${JSON.stringify(mode)}`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`${error.message}\n${error instanceof UsageError ? `\n${USAGE}` : ""}`);
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}

/** What the flags say, checked as the mode will check it. As its file's YAML empty without flags. */
async function settingsOf(
  help: HelpText,
  argv: readonly string[],
): Promise<{ text: string; settings: Readonly<Record<string, unknown>> }> {
  const { schema, mode, positional } = help;
  const readFile = () => Promise.reject(new Error("its settings will be the file"));
  const options = positional === undefined ? {} : { positional };
  const { given, settings } = await resolveSettings({ schema, mode, argv, env: {}, readFile, ...options });
  const lines = [...given].map(([key, { value }]) => [key, settingValue(key, value, mode as ServiceName)] as const);
  if (lines.length === 0) return { text: "", settings };
  const { stringify } = await import("yaml");
  return { text: stringify(Object.fromEntries(lines), { schema: "failsafe" }), settings };
}

function settingValue(key: string, value: Given["value"], mode: ServiceName): unknown {
  if (!belongsInFile(key)) throw new UsageError(`--${key} is not for a service`);
  if (value !== MASK) return value;
  throw new UsageError(
    `--${key} would show in the list of processes: write it into ${environmentPath(mode)}, or name a file of it with --${key}-file`,
  );
}

function ownBinary(dryRun: boolean): string {
  // Compiled, the program is its own runtime.
  if (BUILD.revision !== "unknown") return process.execPath;
  if (dryRun) return "/usr/local/bin/tsmon";
  throw new Error("Cannot make a service of the source: build the program first with npm run build");
}

function refuseWithoutSystemd(): void {
  if (process.getuid?.() !== 0) throw new Error("Cannot change services: that needs root, so run it with sudo");
  if (existsSync("/run/systemd/system")) return;
  throw new Error("Cannot make a service: systemd does not run here. In a container, run tsmon itself");
}

function preview(steps: readonly Step[]): number {
  for (const step of steps) process.stdout.write(previewOf(step));
  return 0;
}

function perform(steps: readonly Step[], done: () => void, unit?: string): number {
  for (const step of steps) {
    if (step.do === "tell") process.stdout.write(`${step.text}\n`);
    try {
      carryOut(step);
    } catch (error) {
      throw unit === undefined ? error : withLog(error, unit);
    }
  }
  done();
  return 0;
}

/** systemctl says only that something failed; the service said why. */
function withLog(error: unknown, unit: string): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (!message.startsWith("Cannot run systemctl: Job for")) return new Error(message, { cause: error });
  const lines = run(["journalctl", "--unit", unit, "--lines=5", "--output=cat", "--no-pager"]).trim();
  return new Error(`Cannot start ${unit}. The end of its log:\n${lines}`, { cause: error });
}
