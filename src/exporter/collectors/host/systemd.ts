import process from "node:process";
import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { DBusConnection } from "./dbus/connection.ts";
import { openSystemBus, SYSTEM_BUS } from "./dbus/system-bus.ts";
import { regExpSetting, type Settings, switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { Systemd, type Unit } from "./systemd-manager.ts";
import { SYSTEMD_UNIT_METRICS, type UnitOptions, unitReader } from "./systemd-units.ts";

/** Settings of {@linkcode systemd}. */
export const systemdSettings = {
  "collector.systemd.unit-include": regExpSetting(".+", "Regexp of whole names of units to report"),
  "collector.systemd.unit-exclude": regExpSetting(
    ".+\\.(automount|device|mount|scope|slice)",
    "Regexp of whole names of units to leave out",
  ),
  "collector.systemd.enable-task-metrics": switchSetting(false, "Export how many tasks each service has and may have"),
  "collector.systemd.enable-restarts-metrics": switchSetting(false, "Export how often each service was restarted"),
  "collector.systemd.enable-start-time-metrics": switchSetting(false, "Export when each unit became active"),
  "collector.systemd.private": switchSetting(false, "Ask systemd itself and not the message bus, which needs root"),
};

const VERSION = gauge("node_systemd_version", "Detected systemd version", ["version"]);
const VIRTUALIZATION = gauge("node_systemd_virtualization_info", "Detected virtualization technology", [
  "virtualization_type",
]);
const UNITS = gauge("node_systemd_units", "Summary of systemd unit states", ["state"]);
const RUNNING = gauge(
  "node_systemd_system_running",
  "Whether the system is operational (see 'systemctl is-system-running')",
);

/** States of units that are reported even when no unit has them. */
const UNIT_STATES = ["active", "activating", "deactivating", "inactive", "failed"];

/** First version that tells the state of the whole system, and when a timer last fired. */
const STATE_VERSION = 212;

/** Sockets on which systemd answers. */
export interface SystemdSockets {
  /** Of the message bus. */
  readonly bus: string;
  /** Systemd's own. */
  readonly manager: string;
}

const SOCKETS: SystemdSockets = { bus: SYSTEM_BUS, manager: "/run/systemd/private" };

/** Units of systemd and their states, over D-Bus (org.freedesktop.systemd1(5)). */
export function systemd(settings: Settings<typeof systemdSettings>, sockets = SOCKETS): Collector<HostSource> {
  const include = settings["collector.systemd.unit-include"];
  const exclude = settings["collector.systemd.unit-exclude"];
  const options: UnitOptions = {
    withTasks: settings["collector.systemd.enable-task-metrics"],
    withRestarts: settings["collector.systemd.enable-restarts-metrics"],
    withStartTime: settings["collector.systemd.enable-start-time-metrics"],
  };
  const onlyManager = settings["collector.systemd.private"];
  const unitSamples = unitReader(options);
  return {
    name: "systemd",
    metrics: () => [VERSION, VIRTUALIZATION, UNITS, RUNNING, ...SYSTEMD_UNIT_METRICS],
    async collect({ signal }) {
      const connection = await connect(sockets, onlyManager, signal);
      try {
        const manager = new Systemd(connection);
        const [version, virtualization, units] = await Promise.all([
          manager.managerText("Version"),
          manager.managerText("Virtualization"),
          manager.listUnits(),
        ]);
        const [number, name] = parseVersion(version ?? "");
        const hasState = number >= STATE_VERSION;
        const reported = units.filter(
          (unit) => unit.isLoaded && include?.testWhole(unit.name) && !exclude?.testWhole(unit.name),
        );
        const samples = [
          VERSION.sample(number, { version: name }),
          VIRTUALIZATION.sample(1, {
            virtualization_type: virtualization === "" ? "none" : (virtualization ?? "unknown"),
          }),
          ...summarySamples(units),
          ...(await unitSamples(manager, reported, { withTimers: hasState })),
        ];
        if (hasState) samples.push(RUNNING.sample(Number((await manager.systemState()) === "running")));
        return samples;
      } finally {
        connection.close();
      }
    },
  };
}

/** A connection to the bus; root may ask systemd itself where there is none. */
async function connect(sockets: SystemdSockets, onlyManager: boolean, signal: AbortSignal): Promise<DBusConnection> {
  const openManager = () => DBusConnection.open(sockets.manager, { isBus: false, signal });
  if (onlyManager) return openManager();
  try {
    return await openSystemBus(sockets.bus, signal);
  } catch (error) {
    if (process.geteuid?.() === 0 && !signal.aborted) {
      const connection = await openManager().catch(() => undefined);
      if (connection) return connection;
    }
    throw error;
  }
}

/** Version as a number and as systemd writes it, such as 252 and `252.39-1~deb12u2`; 0 and nothing where it is neither. */
export function parseVersion(text: string): [number: number, text: string] {
  const number = /\d{3,}(\.\d+)?/.exec(text)?.[0];
  return number === undefined ? [0, ""] : [Number(number), text];
}

function summarySamples(units: readonly Unit[]): Sample[] {
  const counts = new Map(UNIT_STATES.map((state) => [state, 0]));
  for (const { activeState } of units) counts.set(activeState, (counts.get(activeState) ?? 0) + 1);
  return [...counts].map(([state, count]) => UNITS.sample(count, { state }));
}
