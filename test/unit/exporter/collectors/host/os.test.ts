import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { parseEnvironmentFile } from "../../../../../src/exporter/collectors/host/environment-file.ts";
import { os, osSamples } from "../../../../../src/exporter/collectors/host/os.ts";
import { fixtureSource } from "./fixture-source.ts";

describe("parseEnvironmentFile()", () => {
  for (const [name, text, want] of [
    ["reads a bare value", "A=b c\n", { A: "b c" }],
    ["reads quotes of both kinds", `A="b c"\nD='e "f"'\n`, { A: "b c", D: 'e "f"' }],
    ["joins pieces", `A=b" c"'d'\n`, { A: "b cd" }],
    ["reads escapes in double quotes only", `A="\\"\\u00e9\\""\nB='\\n'\n`, { A: '"é"', B: "\\n" }],
    ["cuts a comment, but not in quotes", `A=b # c\nD="e # f"\n# G=h\n`, { A: "b", D: "e # f" }],
    ["takes export and blanks around the sign", "export A = b\n", { A: "b" }],
    ["takes empty values", 'A=\nB=""\n', { A: "", B: "" }],
    ["reads nothing from an empty file", "", {}],
  ] as const) {
    test(name, () => assert.deepEqual(Object.fromEntries(parseEnvironmentFile(text)), want));
  }
  for (const text of ["A\n", 'A="b\n', "A='b\n", 'A="\\d"\n', "1A=b\n", "A B=c\n", "=b\n", "A=\tb\u0001\n"]) {
    test(`rejects ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseEnvironmentFile(text), /SyntaxError: Cannot parse line 1: found/);
    });
  }
});

describe("osSamples()", () => {
  const valuesOf = (release: Record<string, string>) =>
    osSamples(new Map(Object.entries(release))).map(({ metric, value }) => [metric.name, value]);

  for (const [name, release, want] of [
    ["takes major and minor of the version", { VERSION_ID: "12.04.1" }, [["node_os_version", 12.04]]],
    ["has no version for a word", { VERSION_ID: "rolling" }, []],
    ["has no version 0", { VERSION_ID: "0" }, []],
    [
      "gives the end of support as Unix time",
      { SUPPORT_END: "2030-02-28" },
      [["node_os_support_end_timestamp_seconds", 1898467200]],
    ],
  ] as const) {
    test(name, () => assert.deepEqual(valuesOf(release).slice(1), want));
  }
  for (const date of ["2030-02-30", "2020-13-01", "soon"]) {
    test(`rejects the end of support ${date}`, () => assert.throws(() => valuesOf({ SUPPORT_END: date }), SyntaxError));
  }
});

describe("os()", () => {
  test("has no data without os-release", () => {
    assert.throws(() => os().collect(fixtureSource({ paths: { rootfs: "/nonexistent" } })), NoData);
  });
});
