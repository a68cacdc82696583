import { counter, gauge, type Labels, type Sample } from "../../metric.ts";
import type { Systemd, Unit } from "./systemd-manager.ts";

const STATE = gauge("node_systemd_unit_state", "Systemd unit", ["name", "state", "type"]);
const START_TIME = gauge(
  "node_systemd_unit_start_time_seconds",
  "Start time of the unit since unix epoch in seconds.",
  ["name"],
);
const TASKS_CURRENT = gauge("node_systemd_unit_tasks_current", "Current number of tasks per Systemd unit", ["name"]);
const TASKS_MAX = gauge("node_systemd_unit_tasks_max", "Maximum number of tasks per Systemd unit", ["name"]);
const RESTARTS = counter("node_systemd_service_restart_total", "Service unit count of Restart triggers", ["name"]);
const LAST_TRIGGER = gauge("node_systemd_timer_last_trigger_seconds", "Seconds since epoch of last trigger.", ["name"]);
const ACCEPTED = counter(
  "node_systemd_socket_accepted_connections_total",
  "Total number of accepted socket connections",
  ["name"],
);
const CONNECTIONS = gauge("node_systemd_socket_current_connections", "Current number of socket connections", ["name"]);
/** A gauge in node_exporter, whatever its name says. */
const REFUSED = gauge("node_systemd_socket_refused_connections_total", "Total number of refused socket connections", [
  "name",
]);

/** Families that {@linkcode unitReader} yields. */
export const SYSTEMD_UNIT_METRICS = [
  ...[STATE, START_TIME, TASKS_CURRENT, TASKS_MAX, RESTARTS, LAST_TRIGGER, ACCEPTED, CONNECTIONS, REFUSED],
];

/** What is read of units besides their states. */
export interface UnitOptions {
  readonly withTasks: boolean;
  readonly withRestarts: boolean;
  readonly withStartTime: boolean;
}

/** States of which each unit is in one, or in none when it is in one of systemd's rare others. */
const STATES = ["active", "activating", "deactivating", "inactive", "failed"];

const MICROSECONDS_PER_SECOND = 1e6;

/** Label blocks of a unit, which stay the same from scrape to scrape. */
interface UnitLabels {
  readonly type: string;
  readonly states: readonly Labels<"name" | "state" | "type">[];
  readonly name: Labels<"name">;
}

/** A function that reads what there is to report of units. It asks for all at once; the connection bounds how many wait. */
export function unitReader(options: UnitOptions) {
  let known = new Map<string, UnitLabels>();
  return async (
    systemd: Systemd,
    units: readonly Unit[],
    { withTimers }: { withTimers: boolean },
  ): Promise<Sample[]> => {
    const present = new Map<string, UnitLabels>();
    const samples = await Promise.all(
      units.map(async (unit) => {
        const type = await typeOf(unit, systemd);
        const before = known.get(unit.name);
        const labels = before?.type === type ? before : labelsOf(unit.name, type);
        present.set(unit.name, labels);
        return [
          ...STATES.map((state, i) => STATE.sample(Number(unit.activeState === state), labels.states[i])),
          ...(await kindSamples(unit, systemd, labels.name, { ...options, withTimers })),
          ...(options.withStartTime ? await startTimeSamples(unit, systemd, labels.name) : []),
        ];
      }),
    );
    known = present;
    return samples.flat();
  };
}

function labelsOf(name: string, type: string): UnitLabels {
  return {
    type,
    states: STATES.map((state) => STATE.labels({ name, state, type })),
    name: START_TIME.labels({ name }),
  };
}

async function typeOf(unit: Unit, systemd: Systemd): Promise<string> {
  if (unit.kind === "service") return (await systemd.text(unit, "Service", "Type")) ?? "";
  return unit.kind === "mount" ? ((await systemd.text(unit, "Mount", "Type")) ?? "") : "";
}

async function kindSamples(
  unit: Unit,
  systemd: Systemd,
  name: Labels<"name">,
  { withTasks, withRestarts, withTimers }: UnitOptions & { withTimers: boolean },
): Promise<Sample[]> {
  const read = async (metric: typeof ACCEPTED, kind: string, property: string, scale = 1): Promise<Sample[]> => {
    const value = await systemd.number(unit, kind, property);
    return value === undefined ? [] : [metric.sample(value / scale, name)];
  };
  switch (unit.kind) {
    case "service": {
      const tasks = withTasks
        ? [read(TASKS_CURRENT, "Service", "TasksCurrent"), read(TASKS_MAX, "Service", "TasksMax")]
        : [];
      return (await Promise.all([...(withRestarts ? [read(RESTARTS, "Service", "NRestarts")] : []), ...tasks])).flat();
    }
    case "socket": {
      const all = [
        read(ACCEPTED, "Socket", "NAccepted"),
        read(CONNECTIONS, "Socket", "NConnections"),
        read(REFUSED, "Socket", "NRefused"),
      ];
      return (await Promise.all(all)).flat();
    }
    case "timer":
      return withTimers ? read(LAST_TRIGGER, "Timer", "LastTriggerUSec", MICROSECONDS_PER_SECOND) : [];
    default:
      return [];
  }
}

/** 0 for a unit that is not active, as node_exporter has it. */
async function startTimeSamples(unit: Unit, systemd: Systemd, name: Labels<"name">): Promise<Sample[]> {
  if (unit.activeState !== "active") return [START_TIME.sample(0, name)];
  const microseconds = await systemd.number(unit, "Unit", "ActiveEnterTimestamp");
  return microseconds === undefined ? [] : [START_TIME.sample(microseconds / MICROSECONDS_PER_SECOND, name)];
}
