import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import type { Init } from "./http.ts";
import type { Namespace } from "./namespace.ts";
import type { LabProcess } from "./process.ts";
import { program } from "./programs.ts";

/** Where Prometheus listens, in its own namespace. */
export const PROMETHEUS_URL = "http://127.0.0.1:9090";

/** One series of an instant query. */
export interface Sample {
  /** Labels, `__name__` among them. */
  readonly metric: Readonly<Record<string, string>>;
  /** NaN and infinities as such. */
  readonly value: number;
}

/** An active target, as /api/v1/targets has it. */
export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly discoveredLabels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
}

/** A running Prometheus. */
export class Prometheus {
  /** Folder of its configuration, data and log. */
  readonly dir: string;
  readonly #namespace: Namespace;
  readonly #process: LabProcess;

  private constructor(namespace: Namespace, process: LabProcess, dir: string) {
    this.#namespace = namespace;
    this.#process = process;
    this.dir = dir;
  }

  /**
   * Starts one and waits until it is ready. One at a time in a namespace.
   *
   * @param flags Added to its command line: `--web.enable-remote-write-receiver`.
   */
  static async start(namespace: Namespace, config: string, flags: readonly string[] = []): Promise<Prometheus> {
    const dir = join(namespace.folder, "prometheus");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "prometheus.yml"), config);
    const argv = [
      await program("prometheus"),
      `--config.file=${dir}/prometheus.yml`,
      `--storage.tsdb.path=${dir}/data`,
      `--web.listen-address=${new URL(PROMETHEUS_URL).host}`,
      "--web.enable-lifecycle",
      ...flags,
    ];
    const log = join(dir, "log");
    const prometheus = new Prometheus(namespace, namespace.start(argv, { log }), dir);
    await eventually(`Prometheus ready (its log is ${log})`, async () => (await prometheus.fetch("/-/ready")).ok);
    return prometheus;
  }

  /** An answer of its HTTP server; `path` begins with a slash. */
  async fetch(path: string, init?: Init): Promise<Response> {
    return await this.#namespace.fetch(`${PROMETHEUS_URL}${path}`, init);
  }

  /** The series that an instant query finds now. */
  async query(promql: string): Promise<Sample[]> {
    const found = (await this.#api(`query?query=${encodeURIComponent(promql)}`)) as { result: RawSample[] };
    return found.result.map(({ metric, value: [, text] }) => ({
      metric,
      value: Number(text.replace("Inf", "Infinity")),
    }));
  }

  /** What it scrapes. */
  async targets(): Promise<Target[]> {
    return ((await this.#api("targets?state=active")) as { activeTargets: Target[] }).activeTargets;
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

  async #api(path: string): Promise<unknown> {
    const answer = await (await this.fetch(`/api/v1/${path}`)).json();
    if (answer.status !== "success") throw new Error(`Cannot query Prometheus: ${path}: ${answer.error}`);
    return answer.data;
  }
}

interface RawSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [timestampSeconds: number, text: string];
}
