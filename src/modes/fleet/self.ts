import type { ControlCall } from "../../control/client.ts";
import { gauge, type Metric, type Sample } from "../../exporter/metric.ts";
import { Counter, Registry } from "../../exporter/prom-client.ts";
import { registryFamilies, registrySamples } from "../../exporter/registry.ts";
import { DURATION_BOUNDS } from "../../fleet/compat/tsmetrics.ts";
import type { PartState } from "../../fleet/snapshot.ts";

const OMITTED = gauge(
  "tsmon_fleet_omitted",
  "What has no series of its own, by the limit that leaves it out: devices (--metrics.devices-limit), routes (--metrics.routes-limit), families (--metrics.exclude).",
  ["limit"],
);

/** Fleet's metrics of its own work, besides those that every mode has. */
export class FleetMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "tsmon_fleet_api_requests_total",
    help: "Requests to APIs, by the answer's status, or the reason why there was none.",
    labelNames: ["endpoint", "code"],
    registers: [this.#registry],
  });
  readonly #seconds = new Counter({
    name: "tsmon_fleet_api_request_seconds_total",
    help: "Time that requests to APIs took.",
    labelNames: ["endpoint"],
    registers: [this.#registry],
  });
  /** Refreshes that failed, by reason, and those of the devices that did not. */
  readonly failures = new Map<string, number>();
  readonly refreshes = { count: 0, seconds: 0, within: DURATION_BOUNDS.map(() => 0), savedRequests: 0 };
  /** Requests by endpoint and code, for people. */
  readonly requests = new Map<string, number>();

  /** Counts a request that has ended. */
  countRequest({ endpoint, code, durationSeconds }: ControlCall): void {
    this.#requests.inc({ endpoint, code });
    this.#seconds.inc({ endpoint }, durationSeconds);
    const key = `${endpoint} ${code}`;
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
  }

  /** Counts a refresh that has ended. One of the devices saves a request for each that is listed. */
  countRefresh({ isWell, isSupported, failure, durationSeconds = 0 }: PartState, devices: number): void {
    if (isWell === false && isSupported && failure) this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
    this.refreshes.count++;
    this.refreshes.seconds += durationSeconds;
    for (const [index, bound] of DURATION_BOUNDS.entries()) {
      if (durationSeconds <= bound) this.refreshes.within[index]!++;
    }
    if (isWell) this.refreshes.savedRequests += devices;
  }

  /** Every family that there can be. */
  get families(): Metric[] {
    return [OMITTED, ...registryFamilies(this.#registry)];
  }

  /** All of it, and what was left out. */
  async samples(omitted: Readonly<Record<string, number>>): Promise<Sample[]> {
    const left = Object.entries(omitted).map(([limit, count]) => OMITTED.sample(count, { limit }));
    return [...left, ...(await registrySamples(this.#registry))];
  }
}
