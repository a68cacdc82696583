import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatCanonicalFloat, formatGoFloat } from "../../../src/exporter/format.ts";

describe("formatGoFloat() prints as Go does", () => {
  for (const [value, want] of [
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [-17, "-17"],
    [999_999, "999999"],
    [1_000_000, "1e+06"],
    [1_234_567, "1.234567e+06"],
    [-1_200_000, "-1.2e+06"],
    [16_777_216_000, "1.6777216e+10"],
    [1.5, "1.5"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.25e-7, "1.25e-07"],
    [123456.789, "123456.789"],
    [1795247628.5, "1.7952476285e+09"],
    [2 ** 64, "1.8446744073709552e+19"],
    [1e21, "1e+21"],
    [1e100, "1e+100"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "+Inf"],
    [Number.NEGATIVE_INFINITY, "-Inf"],
  ] as const) {
    test(`${value} as ${want}`, () => assert.equal(formatGoFloat(value), want));
  }

  test("and reads back as the same number", () => {
    for (let power = -20; power < 25; power++) {
      for (const digits of [1, 1.5, 9.999, 1.2345678901234567]) {
        const value = digits * 10 ** power;
        assert.equal(Number(formatGoFloat(value)), value);
      }
    }
  });
});

test("formatCanonicalFloat() gives whole numbers a decimal and leaves others", () => {
  assert.deepEqual([1, 0.5, 1e6, Number.POSITIVE_INFINITY].map(formatCanonicalFloat), ["1.0", "0.5", "1e+06", "+Inf"]);
});
