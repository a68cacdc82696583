import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Hono } from "hono";
import { metricsHandler } from "../../../src/exporter/http.ts";
import { counter, gauge } from "../../../src/exporter/metric.ts";
import { Scraper } from "../../../src/exporter/scrape.ts";
import { gzip } from "../../../src/runtime/gzip.ts";

const LOAD = gauge("load", "Load.");
const HEAT = gauge("heat", "Heat.");

function appOf(collect = async () => [LOAD.sample(1)], maxRequests = 0, report = () => {}): Hono {
  const collectors = [
    { name: "load", metrics: () => [LOAD], collect },
    { name: "heat", metrics: () => [HEAT], collect: () => [HEAT.sample(2)] },
  ];
  const scraper = new Scraper(collectors, () => undefined);
  const handler = metricsHandler({
    scraper,
    ownSamples: async () => [],
    timeoutSeconds: 30,
    maxRequests,
    gzip,
    report,
  });
  return new Hono().get("/metrics", handler);
}

describe("GET /metrics", () => {
  test("answers text by default", async () => {
    const response = await appOf().request("/metrics");
    assert.equal(response.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.match(await response.text(), /^load 1$/m);
  });

  test("reports how the collectors ended, but not to the caller who had no time for them", async () => {
    let reports = 0;
    const app = appOf(undefined, 0, () => void reports++);
    await app.request("/metrics", { headers: { "X-Prometheus-Scrape-Timeout-Seconds": "0.001" } });
    assert.equal(reports, 0);
    await app.request("/metrics", { headers: { "X-Prometheus-Scrape-Timeout-Seconds": "1" } });
    assert.equal(reports, 1);
  });

  test("answers OpenMetrics when it is asked for", async () => {
    const response = await appOf().request("/metrics", {
      headers: { Accept: "application/openmetrics-text; version=1.0.0" },
    });
    assert.equal(response.headers.get("Content-Type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert.match(await response.text(), /# EOF\n$/);
  });

  test("gives no two families one name in OpenMetrics, where a counter's has no _total", async () => {
    const app = appOf(async () => [LOAD.sample(1), counter("load_total", "Loads.").sample(3)]);
    const types = async (accept: string) => {
      const text = await (await app.request("/metrics", { headers: { Accept: accept } })).text();
      return text.split("\n").filter((line) => line.startsWith("# TYPE load"));
    };
    assert.deepEqual(await types("application/openmetrics-text"), ["# TYPE load gauge", "# TYPE load_total unknown"]);
    assert.deepEqual(await types("text/plain"), ["# TYPE load gauge", "# TYPE load_total counter"]);
  });

  test("compresses when it may", async () => {
    const response = await appOf().request("/metrics", { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(response.headers.get("Content-Encoding"), "gzip");
    assert.match(gunzipSync(new Uint8Array(await response.arrayBuffer())).toString(), /^load 1$/m);
  });

  test("counts what the request has waited before it came here against Prometheus's timeout", async () => {
    const never = appOf(() => new Promise(() => {}));
    const headers = { "X-Prometheus-Scrape-Timeout-Seconds": "60" };
    const response = await never.request("/metrics", { headers }, { arrivedMs: performance.now() - 59_000 });
    assert.match(await response.text(), /^tsmon_collector_success\{collector="load"\} 0$/m);
  });

  for (const [name, query, present, absent] of [
    ["collect[] chooses collectors", "collect[]=heat", "heat", "load"],
    ["exclude[] leaves collectors out", "exclude[]=heat", "load", "heat"],
    ["exclude[] may name what is not there", "exclude[]=heat&exclude[]=wifi", "load", "heat"],
  ] as const) {
    test(name, async () => {
      const text = await (await appOf().request(`/metrics?${query}`)).text();
      assert.match(text, new RegExp(`^${present} `, "m"));
      assert.doesNotMatch(text, new RegExp(`^${absent} `, "m"));
    });
  }

  for (const [name, query, want] of [
    ["collect[] and exclude[] together", "collect[]=heat&exclude[]=load", /not allowed/],
    [
      "a collector that it does not know",
      "collect[]=cold",
      /Unknown or disabled collector "cold": enabled are load, heat/,
    ],
  ] as const) {
    test(`refuses ${name} with 400`, async () => {
      const response = await appOf().request(`/metrics?${query}`);
      assert.equal(response.status, 400);
      assert.match(await response.text(), want);
    });
  }

  test("refuses one scrape more than it may have at work with 503", async () => {
    const { promise, resolve } = Promise.withResolvers<[]>();
    const app = appOf(() => promise, 1);
    const first = app.request("/metrics");
    assert.equal((await app.request("/metrics")).status, 503);
    resolve([]);
    assert.equal((await first).status, 200);
    assert.equal((await app.request("/metrics")).status, 200);
  });

  test("answers HEAD without a body, and tells the length that it has", async () => {
    const response = await appOf().request("/metrics", { method: "HEAD" });
    assert.deepEqual([response.status, await response.text()], [200, ""]);
    assert.ok(Number(response.headers.get("Content-Length")) > 100);
  });

  for (const header of ["0", "-1", "soon", ""]) {
    test(`takes the timeout header ${JSON.stringify(header)} for none`, async () => {
      const response = await appOf().request("/metrics", {
        headers: { "X-Prometheus-Scrape-Timeout-Seconds": header },
      });
      assert.match(await response.text(), /^load 1$/m);
    });
  }
});
