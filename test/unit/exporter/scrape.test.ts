import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Incomplete, NoData } from "../../../src/exporter/collector.ts";
import { gauge } from "../../../src/exporter/metric.ts";
import { type ScrapeCollector, type ScrapeResult, Scraper } from "../../../src/exporter/scrape.ts";

const A = gauge("a", "A.");
const B = gauge("b", "B.");
const never = new Promise<never>(() => {});

/** A generous budget: no test waits for it. */
const BUDGET_SECONDS = 30;

const collector = (name: string, collect: ScrapeCollector<unknown>["collect"]): ScrapeCollector<unknown> => ({
  name,
  metrics: () => [],
  standsInForNodeExporter: true,
  collect,
});

function valuesOf({ families }: ScrapeResult, family: string): Record<string, number> {
  return Object.fromEntries(
    (families.get(family)?.samples ?? []).map(({ labels, value }) => [labels.slice(12, -2), value]),
  );
}

describe("Scraper.scrape()", () => {
  test("isolates a collector that throws, now or later", async () => {
    const scraper = new Scraper(
      [
        collector("sync", () => {
          throw new Error("boom");
        }),
        collector("async", async () => {
          throw new Error("later");
        }),
        collector("fine", () => [A.sample(1)]),
      ],
      () => undefined,
    );
    const result = await scraper.scrape(BUDGET_SECONDS);
    assert.deepEqual(valuesOf(result, "tsmon_collector_success"), { sync: 0, async: 0, fine: 1 });
    assert.equal(result.families.get("a")?.samples[0]?.value, 1);
    assert.deepEqual(
      result.outcomes.map(({ error }) => (error as Error | undefined)?.message),
      ["boom", "later", undefined],
    );
  });

  test("keeps what a collector has to report besides its error", async () => {
    const scraper = new Scraper(
      [
        collector("none", () => {
          throw new NoData("no more", { samples: [A.sample(1)] });
        }),
        collector("some", async () => {
          throw new Incomplete("one is broken", { samples: [B.sample(2)] });
        }),
      ],
      () => undefined,
    );
    const result = await scraper.scrape(BUDGET_SECONDS);
    assert.deepEqual([valuesOf(result, "a"), valuesOf(result, "b")], [{ "": 1 }, { "": 2 }]);
    assert.deepEqual(valuesOf(result, "tsmon_collector_success"), { none: 1, some: 0 });
    assert.deepEqual(valuesOf(result, "node_scrape_collector_success"), { none: 0, some: 1 });
  });

  test("leaves a late collector behind with success 0 and keeps the others", async () => {
    const scraper = new Scraper(
      [collector("late", () => never), collector("fine", () => [A.sample(1)])],
      () => undefined,
    );
    const result = await scraper.scrape(0.05);
    assert.deepEqual(valuesOf(result, "tsmon_collector_success"), { late: 0, fine: 1 });
    assert.ok(result.families.has("a"));
  });

  test("aborts the source's signal before the time is up, so that collectors can still say what they have", async () => {
    const scraper = new Scraper<AbortSignal>(
      [
        {
          name: "patient",
          metrics: () => [],
          collect: (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve([A.sample(7)]))),
        },
      ],
      (signal) => signal,
    );
    const result = await scraper.scrape(0.5);
    assert.equal(result.families.get("a")?.samples[0]?.value, 7);
  });

  test("takes NoData for no failure, but tells node_exporter's series 0 as node_exporter does", async () => {
    const scraper = new Scraper(
      [
        collector("none", () => {
          throw new NoData("no such hardware");
        }),
      ],
      () => undefined,
    );
    const result = await scraper.scrape(BUDGET_SECONDS);
    assert.deepEqual(valuesOf(result, "tsmon_collector_success"), { none: 1 });
    assert.deepEqual(valuesOf(result, "node_scrape_collector_success"), { none: 0 });
  });

  test("reports a family that it had to leave out", async () => {
    const scraper = new Scraper([collector("twice", () => [A.sample(1), A.sample(2), B.sample(3)])], () => undefined);
    const result = await scraper.scrape(BUDGET_SECONDS);
    assert.deepEqual([result.families.has("a"), result.families.has("b")], [false, true]);
    assert.deepEqual(valuesOf(result, "tsmon_collector_success"), { twice: 0 });
  });

  test("shares one run among scrapes that overlap", async () => {
    let opened = 0;
    const { promise, resolve } = Promise.withResolvers<readonly never[]>();
    const scraper = new Scraper([collector("slow", () => promise)], () => ++opened);
    const both = [scraper.scrape(BUDGET_SECONDS), scraper.scrape(BUDGET_SECONDS)];
    resolve([]);
    await Promise.all(both);
    assert.equal(opened, 1);
    await scraper.scrape(BUDGET_SECONDS);
    assert.equal(opened, 2);
  });

  test("does not share a run with scrapes of other collectors", async () => {
    let opened = 0;
    const scraper = new Scraper([collector("one", () => []), collector("two", async () => [])], () => ++opened);
    await Promise.all([scraper.scrape(BUDGET_SECONDS), scraper.scrape(BUDGET_SECONDS, (name) => name === "two")]);
    assert.equal(opened, 2);
  });

  test("does not join a run whose time was up", async () => {
    let opened = 0;
    const scraper = new Scraper([collector("late", () => never)], () => ++opened);
    await scraper.scrape(0.05);
    await scraper.scrape(0.05);
    assert.equal(opened, 2);
  });

  test("gives a run as much time as the most patient scrape that shares it has", async () => {
    const { promise, resolve } = Promise.withResolvers<AbortSignal>();
    const asking = collector("asks", (signal: AbortSignal) => {
      resolve(signal);
      return new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const scraper = new Scraper([asking], (signal) => signal);
    const impatient = scraper.scrape(0.05);
    const patient = scraper.scrape(0.5);
    const signal = await promise;
    await impatient;
    assert.equal(signal.aborted, false);
    await patient;
    assert.equal(signal.aborted, true);
  });

  test("answers an impatient scrape in its own time though it shares a patient one's run", async () => {
    const scraper = new Scraper(
      [collector("late", () => never), collector("fine", () => [A.sample(1)])],
      () => undefined,
    );
    const patient = scraper.scrape(0.3);
    const impatient = await scraper.scrape(0.02);
    assert.ok(impatient.families.has("a"));
    await patient;
  });
});
