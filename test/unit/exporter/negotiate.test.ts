import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptsGzip, negotiateFormat } from "../../../src/exporter/negotiate.ts";

const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4," +
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

for (const [name, accept, want] of [
  ["gives OpenMetrics to Prometheus 3", PROMETHEUS_3, "openmetrics"],
  ["gives text without a header", undefined, "text"],
  ["gives text to curl", "*/*", "text"],
  ["gives text to a browser", "text/html,application/xhtml+xml,*/*;q=0.8", "text"],
  ["gives what ranks higher", "application/openmetrics-text;q=0.2, text/plain;q=0.7", "text"],
  [
    "passes over an OpenMetrics version that we do not write",
    "application/openmetrics-text;version=2.0.0, text/plain;q=0.1",
    "text",
  ],
  ["passes over what has weight 0", "application/openmetrics-text;q=0", "text"],
  ["takes garbage for nothing", ";;q=,,=x", "text"],
] as const) {
  test(`negotiateFormat() ${name}`, () => assert.equal(negotiateFormat(accept), want));
}

for (const [header, want] of [
  ["gzip", true],
  ["deflate, gzip;q=0.5", true],
  ["*", true],
  ["gzip;q=0", false],
  ["gzip;q=0, *", false],
  ["identity", false],
  [undefined, false],
] as const) {
  test(`acceptsGzip() says ${want} to ${header}`, () => assert.equal(acceptsGzip(header), want));
}
