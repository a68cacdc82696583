import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseAdvertisement } from "../../../src/discovery/advertisement.ts";

const parse = (value: unknown) => parseAdvertisement(JSON.stringify(value));
const names = (exporters: unknown[]) => parse({ exporters }).exporters.map(({ name }) => name);

describe("parseAdvertisement()", () => {
  test("reads what an agent tells, and leaves out what it does not know", () => {
    const told = parse({
      version: "0.1.0",
      node: "n1CNTRL",
      extra: [1],
      exporters: [
        { name: "tsmon", path: "/metrics", labels: {} },
        { name: "postgres", path: "/proxy/postgres", labels: { role: "main" }, more: true },
        { name: "bare", path: "/proxy/bare" },
      ],
    });
    assert.deepEqual(told, {
      version: "0.1.0",
      exporters: [
        { name: "tsmon", path: "/metrics", labels: {} },
        { name: "postgres", path: "/proxy/postgres", labels: { role: "main" } },
        { name: "bare", path: "/proxy/bare", labels: {} },
      ],
    });
  });

  for (const text of [
    "",
    "null",
    "[]",
    "{}",
    "<html>",
    '{"exporters":{}}',
    '{"exporters":[',
    "0",
    '{"exporters":null}',
  ]) {
    test(`refuses ${JSON.stringify(text)} without quoting it`, () => {
      assert.throws(() => parseAdvertisement(text), {
        name: "SyntaxError",
        message: /^the answer is (?:not JSON|no list)/,
      });
    });
  }

  for (const name of ["../x", "..", "", "a/b", "a b", "-x", "ж", "x".repeat(65), "a\n", 5, null]) {
    test(`leaves out an exporter called ${JSON.stringify(name)}`, () => {
      assert.deepEqual(
        names([
          { name, path: "/metrics" },
          { name: "ok", path: "/metrics" },
        ]),
        ["ok"],
      );
    });
  }

  for (const path of [
    "metrics",
    "//evil",
    "/../x",
    "/a/../b",
    "/a/..",
    "/.",
    "/a?b=c",
    "/a#b",
    "/a b",
    "/%2e%2e/",
    "/a\r\n",
    5,
  ]) {
    test(`leaves out an exporter at ${JSON.stringify(path)}`, () => {
      assert.deepEqual(
        names([
          { name: "x", path },
          { name: "ok", path: "/proxy/..ok/" },
        ]),
        ["ok"],
      );
    });
  }

  test("leaves out labels that are none, one by one", () => {
    const labels = {
      good: "1",
      "bad-name": "2",
      "0x": "3",
      number: 4,
      nothing: null,
      _own: "5",
      __address__: "169.254.169.254:80",
      __param_x: "6",
      __proto: "7",
      long: "x".repeat(9999),
    };
    const [exporter] = parse({ exporters: [{ name: "x", path: "/m", labels }] }).exporters;
    assert.deepEqual(Object.keys(exporter!.labels), ["good", "_own", "long"]);
    assert.equal(exporter!.labels.long!.length, 256);
  });

  test("takes the first of two with one name", () => {
    const exporters = ["/a", "/b"].map((path) => ({ name: "x", path }));
    assert.deepEqual(
      parse({ exporters }).exporters.map(({ path }) => path),
      ["/a"],
    );
  });

  test("takes 200 of 10,000 exporters, and 32 of 1,000 labels", () => {
    const labels = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`l${i}`, "v"]));
    const others = Array.from({ length: 9999 }, (_, i) => ({ name: `x${i}`, path: "/m" }));
    const told = parse({ exporters: [{ name: "first", path: "/m", labels }, ...others] });
    assert.equal(told.exporters.length, 200);
    assert.equal(Object.keys(told.exporters[0]!.labels).length, 32);
  });
});
