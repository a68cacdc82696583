import type { ServiceName } from "../commands.ts";
import { isAsInstalled, marked } from "./mark.ts";
import { CONFIG_DIR, configPath, environmentPath, SERVICE_USER, unitName, unitText } from "./unit.ts";

/** One thing that installing does. */
export type Step =
  | { readonly do: "run"; readonly argv: readonly string[]; readonly why: string }
  | { readonly do: "folder"; readonly path: string }
  | {
      readonly do: "file";
      readonly path: string;
      readonly text: string;
      readonly secret: boolean;
      readonly why: string;
    }
  | { readonly do: "remove"; readonly path: string; readonly why: string }
  | { readonly do: "tell"; readonly text: string };

/** What the plan asks of the file system. */
export interface Files {
  /** Text of a file, undefined when there is none. */
  read(path: string): string | undefined;
}

/** What is to be installed. */
export interface InstallOptions {
  readonly mode: ServiceName;
  /** Path of the program. */
  readonly binary: string;
  /** YAML of the settings that were given; empty when none were. */
  readonly settings: string;
  /** Flags that need networks which the unit shuts out, see {@linkcode flagsForOtherNetworks}. */
  readonly forOtherNetworks: readonly string[];
  readonly files: Files;
}

const UNIT_DIR = "/etc/systemd/system";
/** Where packages put theirs. */
const PACKAGE_UNIT_DIRS = ["/usr/lib/systemd/system", "/lib/systemd/system"];

/** Steps that make a mode a service that runs. Done twice they change nothing. */
export function installPlan({ mode, binary, settings, forOtherNetworks, files }: InstallOptions): Step[] {
  const unit = unitName(mode);
  return [
    {
      do: "run",
      argv: ["systemd-sysusers", "--inline", `u ${SERVICE_USER} - "tsmon" /var/lib/${SERVICE_USER}`],
      why: "the system user of the services, unless it is there",
    },
    { do: "folder", path: CONFIG_DIR },
    ...settingsSteps(mode, settings, files),
    ...unitSteps(mode, binary, files),
    {
      do: "run",
      argv: [binary, mode, "--config.check", `--config.file=${configPath(mode)}`],
      why: "check the settings, lest a service that runs is stopped for wrong ones",
    },
    { do: "run", argv: ["systemctl", "daemon-reload"], why: "read the unit" },
    { do: "run", argv: ["systemctl", "enable", unit], why: "start it at boot" },
    { do: "run", argv: ["systemctl", "restart", unit], why: "start it now; it returns when the service is ready" },
    ...(forOtherNetworks.length > 0 ? [{ do: "tell", text: openingOf(unit, forOtherNetworks) } as const] : []),
  ];
}

function openingOf(unit: string, flags: readonly string[]): string {
  return `${unit} reaches this host and the tailnet alone. For ${flags.join(" and ")}, run "systemctl edit ${unit}" and name the other network: [Service], and below it IPAddressAllow=192.168.0.0/16 or what it is`;
}

/** Steps that end a mode's service. */
export function uninstallPlan(mode: ServiceName, purge: boolean, files: Files): Step[] {
  const unit = unitName(mode);
  const path = `${UNIT_DIR}/${unit}`;
  const steps: Step[] = [{ do: "run", argv: ["systemctl", "disable", "--now", unit], why: "stop it, now and at boot" }];
  const there = (paths: readonly string[]) => paths.filter((file) => files.read(file) !== undefined);
  for (const file of there([path, proposalFor(path)])) steps.push({ do: "remove", path: file, why: "the unit" });
  steps.push({ do: "run", argv: ["systemctl", "daemon-reload"], why: "forget the unit" });
  const packaged = there(PACKAGE_UNIT_DIRS.map((folder) => `${folder}/${unit}`))[0];
  if (packaged) steps.push({ do: "tell", text: `${packaged} is a package's and stays` });
  const kept = there([configPath(mode), proposalFor(configPath(mode)), environmentPath(mode)]);
  const state = `/var/lib/${SERVICE_USER}/${mode}`;
  if (purge) {
    for (const file of kept) steps.push({ do: "remove", path: file, why: "its settings" });
    steps.push({ do: "remove", path: state, why: "its state" });
  } else steps.push({ do: "tell", text: `${[...kept, state].join(", ")} and the user ${SERVICE_USER} stay` });
  return steps;
}

function settingsSteps(mode: ServiceName, settings: string, files: Files): Step[] {
  const path = configPath(mode);
  const old = files.read(path);
  if (old !== undefined && settings === "") return [{ do: "tell", text: `${path} stays as it is` }];
  return fileSteps({ path, text: settingsText(mode, settings), secret: true, why: "its settings" }, old);
}

/** A mode's settings as a file that says what it is. */
export function settingsText(mode: ServiceName, settings: string): string {
  const head = `# Settings of tsmon ${mode}, one "flag: value" a line: see tsmon ${mode} --help. After a change: systemctl reload tsmon-${mode}\n`;
  return marked(head + settings);
}

function unitSteps(mode: ServiceName, binary: string, files: Files): Step[] {
  const unit = unitName(mode);
  const path = `${UNIT_DIR}/${unit}`;
  const old = files.read(path);
  const packaged = PACKAGE_UNIT_DIRS.map((folder) => `${folder}/${unit}`).find((file) => {
    return files.read(file)?.includes(`\nExecStart=${binary} `);
  });
  if (old === undefined && packaged) return [{ do: "tell", text: `${packaged} is the unit, from a package` }];
  return fileSteps({ path, text: marked(unitText(mode, binary)), secret: false, why: "the unit" }, old);
}

/** A file that somebody has edited stays, and what it would have become is put beside it. */
function fileSteps(file: Omit<Step & { do: "file" }, "do">, old: string | undefined): Step[] {
  if (old === file.text) return [{ do: "tell", text: `${file.path} stays as it is` }];
  if (old === undefined || isAsInstalled(old)) return [{ do: "file", ...file }];
  return [
    { do: "file", ...file, path: proposalFor(file.path), why: `what ${file.path} would be now` },
    { do: "tell", text: `${file.path} was edited, so it stays: compare it with ${proposalFor(file.path)}` },
  ];
}

function proposalFor(path: string): string {
  return `${path}.new`;
}
