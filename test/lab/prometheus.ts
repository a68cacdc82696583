import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import type { Init } from "./http.ts";
import { program } from "./programs.ts";

/** Where Prometheus listens, in its own namespace. */
export const PROMETHEUS_URL = "http://127.0.0.1:9090";

/** Where one can run: a namespace of the lab, or this machine itself. */
export interface Place {
  /** Folder that goes with the place. */
  readonly folder: string;
  /** Starts a program that writes to the file `log`. */
  start(argv: readonly string[], options: { log: string }): Program;
  fetch(url: string, init?: Init): Promise<Response>;
}

/** What runs in a place. */
export interface Program {
  stop(): Promise<unknown>;
}

/** One series of an instant query. */
export interface Sample {
  /** Labels, `__name__` among them. */
  readonly metric: Readonly<Record<string, string>>;
  /** NaN and infinities as such. */
  readonly value: number;
}

/** One series with its values over time, those of a target with the time at which it was asked. */
export interface History {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [timestampSeconds: number, value: number])[];
}

/** An active target, as /api/v1/targets has it. */
export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly discoveredLabels: Readonly<Record<string, string>>;
  /** Name of the job in the configuration. */
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
}

/** How a {@linkcode Prometheus} is started. */
export interface PrometheusOptions {
  /** Added to its command line: `--web.enable-remote-write-receiver`. */
  readonly flags?: readonly string[];
  /** Where it listens. */
  readonly url?: string;
  /** Which of the lab's programs it is. */
  readonly program?: "prometheus" | "debianPrometheus";
}

/** A running Prometheus. */
export class Prometheus {
  /** Folder of its configuration, data and log. */
  readonly dir: string;
  readonly #place: Place;
  readonly #process: Program;
  readonly #url: string;

  private constructor(place: Place, process: Program, dir: string, url: string) {
    this.#place = place;
    this.#process = process;
    this.#url = url;
    this.dir = dir;
  }

  /** Starts one and waits until it is ready. One of a program at a time in a place. */
  static async start(
    place: Place,
    config: string,
    { flags = [], url = PROMETHEUS_URL, program: name = "prometheus" }: PrometheusOptions = {},
  ): Promise<Prometheus> {
    const dir = join(place.folder, name);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "prometheus.yml"), config);
    const argv = [
      await program(name),
      `--config.file=${dir}/prometheus.yml`,
      `--storage.tsdb.path=${dir}/data`,
      `--web.listen-address=${new URL(url).host}`,
      "--web.enable-lifecycle",
      ...flags,
    ];
    const log = join(dir, "log");
    const prometheus = new Prometheus(place, place.start(argv, { log }), dir, url);
    await eventually(`Prometheus ready (its log is ${log})`, async () => (await prometheus.fetch("/-/ready")).ok);
    return prometheus;
  }

  /** An answer of its HTTP server; `path` begins with a slash. */
  async fetch(path: string, init?: Init): Promise<Response> {
    return await this.#place.fetch(`${this.#url}${path}`, init);
  }

  /** The series that an instant query finds now. */
  async query(promql: string): Promise<Sample[]> {
    const found = (await this.api(`query?query=${encodeURIComponent(promql)}`)) as { result: RawSample[] };
    return found.result.map(({ metric, value: [, text] }) => ({ metric, value: toNumber(text) }));
  }

  /** The stored values of what a range selector finds now, `up[5m]`, from the oldest to the newest. */
  async history(selector: string): Promise<History[]> {
    const found = (await this.api(`query?query=${encodeURIComponent(selector)}`)) as { result: RawHistory[] };
    return found.result.map(({ metric, values }) => ({
      metric,
      values: values.map(([seconds, text]) => [seconds, toNumber(text)] as const),
    }));
  }

  /** What it scrapes. */
  async targets(): Promise<Target[]> {
    return ((await this.api("targets?state=active")) as { activeTargets: Target[] }).activeTargets;
  }

  /** Takes another configuration. Rejects when it is not valid. */
  async reload(config: string): Promise<void> {
    writeFileSync(join(this.dir, "prometheus.yml"), config);
    const response = await this.fetch("/-/reload", { method: "POST" });
    if (!response.ok) throw new Error(`Cannot reload Prometheus: ${await response.text()}`);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  /** The data in an answer of its API; `path` is what follows /api/v1/. Rejects with what it says is wrong. */
  async api(path: string): Promise<unknown> {
    const answer = await (await this.fetch(`/api/v1/${path}`)).json();
    if (answer.status !== "success") throw new Error(`Cannot query Prometheus: ${path}: ${answer.error}`);
    return answer.data;
  }
}

type RawValue = readonly [timestampSeconds: number, text: string];

interface RawSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: RawValue;
}

interface RawHistory {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly RawValue[];
}

function toNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}
