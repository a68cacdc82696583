import type { Sample } from "../../exporter/metric.ts";
import { Counter, Gauge, Registry } from "../../exporter/prom-client.ts";
import { registrySamples } from "../../exporter/registry.ts";

/** What discover tells of one source. */
export interface SourceFacts {
  readonly name: string;
  readonly devices: number | undefined;
  readonly heldBack: number;
  readonly lastSuccessSeconds: number | undefined;
  readonly isWell: boolean;
}

/** Discover's metrics of its own work, besides those that every mode has. */
export class DiscoverMetrics {
  readonly #registry = new Registry();
  readonly #targets = this.#gauge("tsmon_discover_targets", "Targets in the whole list. Absent before the first list.");
  readonly #agents = this.#gauge(
    "tsmon_discover_agents",
    "Devices whose agent has told what it offers, offline ones too.",
  );
  readonly #devices = this.#gauge("tsmon_discover_devices", "Devices in the source's last good list.", ["source"]);
  readonly #heldBack = this.#gauge(
    "tsmon_discover_held_back_targets",
    "Targets of devices that vanished with many others at once and stay listed for --sd.shrink-guard.",
  );
  readonly #lastSuccess = this.#gauge(
    "tsmon_discover_last_success_timestamp_seconds",
    "When the source last gave a whole list, as Unix time; of a list from disk, when it was written.",
    ["source"],
  );
  readonly #success = this.#gauge(
    "tsmon_discover_source_success",
    "Whether the source answered when it was last asked: 1 means yes.",
    ["source"],
  );
  readonly #stateSuccess = this.#gauge(
    "tsmon_discover_state_write_successful",
    "Whether the last good list could be kept on disk: 1 means yes.",
  );
  readonly #fileSuccess = this.#gauge(
    "tsmon_discover_file_write_successful",
    "Whether the file for Prometheus could be written: 1 means yes.",
    ["file"],
  );
  readonly #polls = this.#counter("tsmon_discover_polls_total", "Questions to sources, by how they ended.", [
    "source",
    "outcome",
  ]);
  readonly #asked = this.#counter(
    "tsmon_discover_agent_requests_total",
    "Questions to devices for their agent, by how they ended.",
    ["outcome"],
  );
  readonly #changes = this.#counter("tsmon_discover_list_changes_total", "Times that the list became another one.");
  readonly #via = this.#counter(
    "tsmon_discover_via_requests_total",
    "Scrapes that went through /via, by how they ended.",
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

  setFile(file: string, isWell: boolean): void {
    this.#fileSuccess.set({ file }, Number(isWell));
  }

  /** All of it, with the facts of the moment. */
  async samples(facts: {
    readonly targets: number | undefined;
    readonly agents: number;
    readonly heldBackTargets: number;
    readonly isStateWell: boolean;
    readonly sources: readonly SourceFacts[];
  }): Promise<Sample[]> {
    for (const gauge of [this.#targets, this.#devices, this.#lastSuccess, this.#success]) gauge.reset();
    if (facts.targets === undefined) this.#targets.remove();
    else this.#targets.set(facts.targets);
    this.#agents.set(facts.agents);
    this.#heldBack.set(facts.heldBackTargets);
    this.#stateSuccess.set(Number(facts.isStateWell));
    for (const { name: source, devices, lastSuccessSeconds, isWell } of facts.sources) {
      if (devices !== undefined) this.#devices.set({ source }, devices);
      if (lastSuccessSeconds !== undefined) this.#lastSuccess.set({ source }, lastSuccessSeconds);
      this.#success.set({ source }, Number(isWell));
    }
    return registrySamples(this.#registry);
  }

  #gauge<Name extends string = never>(name: string, help: string, labelNames: Name[] = []) {
    return new Gauge<Name>({ name, help, labelNames, registers: [this.#registry] });
  }

  #counter<Name extends string = never>(name: string, help: string, labelNames: Name[] = []) {
    return new Counter<Name>({ name, help, labelNames, registers: [this.#registry] });
  }
}
