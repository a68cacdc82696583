import { type Collector, CollectorError, Incomplete, NoData } from "./collector.ts";
import { addSamples, type Families } from "./gather.ts";
import { gauge, type Sample } from "./metric.ts";

const SUCCESS = gauge(
  "tsmon_collector_success",
  "Whether the collector's part of this scrape is complete: 1 means yes.",
  ["collector"],
);
const DURATION = gauge("tsmon_collector_duration_seconds", "Time that the collector took in this scrape.", [
  "collector",
]);
const NODE_SUCCESS = gauge("node_scrape_collector_success", "Whether the collector had data: 1 means yes.", [
  "collector",
]);
const NODE_DURATION = gauge("node_scrape_collector_duration_seconds", "Time that the collector took in this scrape.", [
  "collector",
]);

/** Families that tell of the scrape itself. */
export const SCRAPE_METRICS = [SUCCESS, DURATION, NODE_SUCCESS, NODE_DURATION];

/** A collector as a {@linkcode Scraper} runs it. */
export interface ScrapeCollector<Source> extends Collector<Source> {
  /** Whether it stands in for node_exporter's collector of that name and so reports under node_exporter's names too. */
  readonly standsInForNodeExporter?: boolean;
}

/** How one collector's run ended. */
export interface Outcome {
  readonly collector: string;
  readonly durationSeconds: number;
  /** Absent when all went well; {@linkcode NoData} when there was nothing to report. */
  readonly error?: unknown;
}

/** What a scrape found. */
export interface ScrapeResult {
  readonly families: Families;
  readonly outcomes: readonly Outcome[];
}

interface Finished {
  readonly durationSeconds: number;
  readonly samples: readonly Sample[];
  readonly error?: unknown;
}

interface Run {
  readonly finished: Map<string, Finished>;
  readonly startedMs: number;
  readonly done: Promise<void>;
  /** Lets it go on for the sake of a scrape that has so much time. */
  readonly grant: (budgetSeconds: number) => void;
}

/** Share of the budget after which sources are told to give up, so that collectors can still say what they have. */
const SIGNAL_SHARE = 0.9;

/**
 * Runs collectors at once and gathers what they return. One that fails or is late costs its own families only.
 * Scrapes of the same collectors that overlap share one run, which has the time of the most patient of them.
 */
export class Scraper<Source> {
  readonly #collectors: readonly ScrapeCollector<Source>[];
  readonly #openSource: (signal: AbortSignal) => Source;
  readonly #running = new Map<string, Run>();

  /** @param openSource Makes what one run's collectors read from; its signal aborts shortly before the time is up. */
  constructor(collectors: readonly ScrapeCollector<Source>[], openSource: (signal: AbortSignal) => Source) {
    this.#collectors = collectors;
    this.#openSource = openSource;
  }

  /** Names of the collectors that it runs. */
  get names(): string[] {
    return this.#collectors.map(({ name }) => name);
  }

  /** Samples of the collectors that `wanted` admits, after at most `budgetSeconds`. Never rejects. */
  async scrape(budgetSeconds: number, wanted: (name: string) => boolean = () => true): Promise<ScrapeResult> {
    const collectors = this.#collectors.filter(({ name }) => wanted(name));
    const run = this.#join(collectors, budgetSeconds);
    await Promise.race([run.done, elapsed(budgetSeconds, run.done)]);
    return toResult(collectors, run);
  }

  #join(collectors: readonly ScrapeCollector<Source>[], budgetSeconds: number): Run {
    const key = collectors.map(({ name }) => name).join();
    const present = this.#running.get(key);
    present?.grant(budgetSeconds);
    return present ?? this.#start(key, collectors, budgetSeconds);
  }

  #start(key: string, collectors: readonly ScrapeCollector<Source>[], budgetSeconds: number): Run {
    // AbortSignal.timeout() would keep what the run has read until its time is up.
    const controller = new AbortController();
    let untilMs = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grant = (seconds: number) => {
      const ms = seconds * SIGNAL_SHARE * 1000;
      if (performance.now() + ms <= untilMs) return;
      untilMs = performance.now() + ms;
      clearTimeout(timer);
      timer = setTimeout(() => {
        this.#running.delete(key);
        controller.abort(timeoutError());
      }, ms);
    };
    grant(budgetSeconds);
    const run = { ...start(collectors, this.#openSource(controller.signal)), grant };
    this.#running.set(key, run);
    void run.done.then(() => {
      clearTimeout(timer);
      if (this.#running.get(key) === run) this.#running.delete(key);
    });
    return run;
  }
}

function start<Source>(collectors: readonly ScrapeCollector<Source>[], source: Source): Omit<Run, "grant"> {
  const finished = new Map<string, Finished>();
  const startedMs = performance.now();
  const runs = collectors.map((collector) => runOne(collector, source, finished));
  return { finished, startedMs, done: Promise.all(runs).then(() => undefined) };
}

function timeoutError(): DOMException {
  return new DOMException("The scrape's time is up", "TimeoutError");
}

/** A synchronous collector is done when this returns, so that its time does not include its neighbours'. */
function runOne<Source>(
  collector: Collector<Source>,
  source: Source,
  finished: Map<string, Finished>,
): Promise<void> | undefined {
  const startedMs = performance.now();
  const finish = (samples: readonly Sample[], error?: unknown) => {
    const durationSeconds = secondsSince(startedMs);
    finished.set(collector.name, { durationSeconds, samples, ...(error === undefined ? {} : { error }) });
  };
  try {
    const samples = collector.collect(source);
    if (samples instanceof Promise)
      return samples.then(finish, (error) => finish(samplesOf(error), error ?? new Error("no reason given")));
    finish(samples);
  } catch (error) {
    finish(samplesOf(error), error);
  }
  return undefined;
}

function samplesOf(error: unknown): readonly Sample[] {
  return error instanceof CollectorError ? error.samples : [];
}

/** To the microsecond; the clock's further digits are noise. */
function secondsSince(startedMs: number): number {
  return Math.round((performance.now() - startedMs) * 1000) / 1e6;
}

/** Resolves after some seconds, or with `done`, whichever is first; leaves no timer behind. */
function elapsed(seconds: number, done: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1000);
  void done.then(() => {
    clearTimeout(timer);
    resolve();
  });
  return promise;
}

function toResult<Source>(collectors: readonly ScrapeCollector<Source>[], run: Run): ScrapeResult {
  const families: Families = new Map();
  const outcomes: Outcome[] = [];
  const own: Sample[] = [];
  for (const { name, standsInForNodeExporter } of collectors) {
    const finished = run.finished.get(name) ?? {
      durationSeconds: secondsSince(run.startedMs),
      samples: [],
      error: new Error("timed out"),
    };
    const problems = addSamples(families, finished.samples);
    const error = finished.error ?? (problems.length > 0 ? new Error(problems.join("; ")) : undefined);
    const { durationSeconds } = finished;
    outcomes.push({ collector: name, durationSeconds, ...(error === undefined ? {} : { error }) });
    const labels = SUCCESS.labels({ collector: name });
    own.push(SUCCESS.sample(Number(error === undefined || error instanceof NoData), labels));
    own.push(DURATION.sample(durationSeconds, labels));
    if (standsInForNodeExporter) {
      const isSuccess = error === undefined || error instanceof Incomplete;
      own.push(NODE_SUCCESS.sample(Number(isSuccess), labels), NODE_DURATION.sample(durationSeconds, labels));
    }
  }
  addSamples(families, own);
  return { families, outcomes };
}
