import { gauge, type Metric, type Sample } from "../../exporter/metric.ts";
import { processCollector } from "../../exporter/process.ts";
import { Counter, Gauge, Histogram, Registry } from "../../exporter/prom-client.ts";
import { registryFamilies, registrySamples } from "../../exporter/registry.ts";
import { BUILD } from "../../version.ts";

const BUILD_INFO = gauge("tsmon_build_info", "The tsmon that runs here. Always 1.", ["version", "revision", "runtime"]);

/** A mode's metrics of itself that all modes have. */
export class SelfMetrics {
  readonly #registry = new Registry();
  readonly #localApiRequests = new Counter({
    name: "tsmon_localapi_requests_total",
    help: "Calls to tailscaled, by how they ended.",
    labelNames: ["endpoint", "outcome"],
    registers: [this.#registry],
  });
  readonly #localApiDuration = new Histogram({
    name: "tsmon_localapi_request_duration_seconds",
    help: "Time of calls to tailscaled.",
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers: [this.#registry],
  });
  readonly #httpRequests = new Counter({
    name: "tsmon_http_requests_total",
    help: "Requests that tsmon answered.",
    labelNames: ["endpoint", "code"],
    registers: [this.#registry],
  });
  readonly #denied = new Counter({
    name: "tsmon_denied_requests_total",
    help: "Requests that were refused because of who sent them, by reason.",
    labelNames: ["reason"],
    registers: [this.#registry],
  });
  readonly #proxyRequests = new Counter({
    name: "tsmon_proxy_requests_total",
    help: "Scrapes of other exporters through tsmon, by how they ended.",
    labelNames: ["exporter", "outcome"],
    registers: [this.#registry],
  });
  readonly #proxyDuration = new Histogram({
    name: "tsmon_proxy_duration_seconds",
    help: "Time of scrapes of other exporters through tsmon, until the last byte.",
    labelNames: ["exporter"],
    buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    registers: [this.#registry],
  });
  readonly #reloadSuccessful = new Gauge({
    name: "tsmon_config_last_reload_successful",
    help: "Whether the last reload of the settings succeeded: 1 means yes.",
    registers: [this.#registry],
  });

  /** Counts a call to tailscaled. */
  countCall(call: { readonly endpoint: string; readonly outcome: string; readonly durationSeconds: number }): void {
    this.#localApiRequests.inc({ endpoint: call.endpoint, outcome: call.outcome });
    this.#localApiDuration.observe(call.durationSeconds);
  }

  /** Counts an answered request by the route that took it. */
  countRequest(endpoint: string, code: number): void {
    this.#httpRequests.inc({ endpoint, code: `${code}` });
  }

  /** Counts a request that was refused because of who sent it. */
  countDenied(reason: string): void {
    this.#denied.inc({ reason });
  }

  /** Counts a scrape of another exporter. */
  countProxied(exporter: string, outcome: string, durationSeconds: number): void {
    this.#proxyRequests.inc({ exporter, outcome });
    this.#proxyDuration.observe({ exporter }, durationSeconds);
  }

  setReloadSuccessful(successful: boolean): void {
    this.#reloadSuccessful.set(Number(successful));
  }

  /** All families but those of the process, also those that have no series yet. */
  get families(): Metric[] {
    return [BUILD_INFO, ...registryFamilies(this.#registry)];
  }

  /** All of it, or with `brief` only what says which build this is. */
  async samples(brief: boolean): Promise<Sample[]> {
    const build = BUILD_INFO.sample(1, { ...BUILD });
    if (brief) return [build];
    return [build, ...processSamples(), ...(await registrySamples(this.#registry))];
  }
}

/** Nothing on a system without /proc. */
function processSamples(): readonly Sample[] {
  try {
    return processCollector.collect(undefined) as readonly Sample[];
  } catch {
    return [];
  }
}
