import { gauge, type Metric, type Sample } from "../../exporter/metric.ts";
import { Counter, Registry } from "../../exporter/prom-client.ts";
import { registryFamilies, registrySamples } from "../../exporter/registry.ts";

const TARGETS = gauge("tsmon_discover_targets", "Targets in the whole list. Absent before the first list.");
const AGENTS = gauge("tsmon_discover_agents", "Devices whose agent has told what it offers, offline ones too.");
const DEVICES = gauge("tsmon_discover_devices", "Devices in the source's last good list.", ["source"]);
const HELD_BACK = gauge(
  "tsmon_discover_held_back_targets",
  "Targets that vanished with many others at once and stay listed for --sd.shrink-guard.",
);
const LAST_SUCCESS = gauge(
  "tsmon_discover_last_success_timestamp_seconds",
  "When the source last gave a whole list, as Unix time; of a list from disk, when it was written.",
  ["source"],
);
const SUCCESS = gauge(
  "tsmon_discover_source_success",
  "Whether the source answered when it was last asked: 1 means yes.",
  ["source"],
);
const STATE_SUCCESS = gauge(
  "tsmon_discover_state_write_successful",
  "Whether the last good list could be kept on disk: 1 means yes.",
);
const FILE_SUCCESS = gauge(
  "tsmon_discover_file_write_successful",
  "Whether the file for Prometheus could be written: 1 means yes.",
  ["file"],
);
const GAUGES = [TARGETS, AGENTS, DEVICES, HELD_BACK, LAST_SUCCESS, SUCCESS, STATE_SUCCESS, FILE_SUCCESS];

/** What discover tells of one source. */
export interface SourceFacts {
  readonly name: string;
  readonly devices: number | undefined;
  readonly heldBack: number;
  readonly lastSuccessSeconds: number | undefined;
  readonly isWell: boolean;
}

/** What discover tells of this moment. */
export interface Facts {
  /** Undefined before the first whole list. */
  readonly targets: number | undefined;
  readonly agents: number;
  readonly heldBackTargets: number;
  readonly isStateWell: boolean;
  /** Whether each file for Prometheus could be written, by its path. */
  readonly files: ReadonlyMap<string, boolean>;
  readonly sources: readonly SourceFacts[];
}

/** Discover's metrics of its own work, besides those that every mode has. */
export class DiscoverMetrics {
  readonly #registry = new Registry();
  readonly #polls = this.#counter("tsmon_discover_polls_total", "Questions to sources, by how they ended.", [
    "source",
    "outcome",
  ]);
  readonly #asked = this.#counter(
    "tsmon_discover_agent_requests_total",
    "Questions to devices for their agent, by how they ended.",
    ["outcome"],
  );
  readonly #changes = this.#counter("tsmon_discover_list_changes_total", "Times that the lists were made anew.");
  readonly #via = this.#counter(
    "tsmon_discover_via_requests_total",
    "Scrapes that went through tsmon, by how they ended.",
    ["outcome"],
  );

  countPoll(source: string, isWell: boolean): void {
    this.#polls.inc({ source, outcome: isWell ? "ok" : "error" });
  }

  countAsked(outcome: "agent" | "no_agent"): void {
    this.#asked.inc({ outcome });
  }

  countChange(): void {
    this.#changes.inc();
  }

  countVia(outcome: string): void {
    this.#via.inc({ outcome });
  }

  /** All of it, with the facts of the moment. */
  async samples(facts: Facts): Promise<Sample[]> {
    return [...factSamples(facts), ...(await registrySamples(this.#registry))];
  }

  /** Every family that there can be. */
  get families(): Metric[] {
    return [...GAUGES, ...registryFamilies(this.#registry)];
  }

  #counter<Name extends string = never>(name: string, help: string, labelNames: Name[] = []) {
    return new Counter<Name>({ name, help, labelNames, registers: [this.#registry] });
  }
}

function factSamples({ targets, agents, heldBackTargets, isStateWell, files, sources }: Facts): Sample[] {
  const samples: Sample[] = [
    AGENTS.sample(agents),
    HELD_BACK.sample(heldBackTargets),
    STATE_SUCCESS.sample(Number(isStateWell)),
  ];
  if (targets !== undefined) samples.push(TARGETS.sample(targets));
  for (const [file, isWell] of files) samples.push(FILE_SUCCESS.sample(Number(isWell), { file }));
  for (const { name: source, devices, lastSuccessSeconds, isWell } of sources) {
    samples.push(SUCCESS.sample(Number(isWell), { source }));
    if (devices !== undefined) samples.push(DEVICES.sample(devices, { source }));
    if (lastSuccessSeconds !== undefined) samples.push(LAST_SUCCESS.sample(lastSuccessSeconds, { source }));
  }
  return samples;
}
