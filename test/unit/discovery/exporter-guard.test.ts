import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Advertisement } from "../../../src/discovery/advertisement.ts";
import { ExporterGuard } from "../../../src/discovery/exporter-guard.ts";

const HOLD = 600;

/** What agents tell, by the ids of their devices: names of exporters, one letter each. */
function told(names: Readonly<Record<string, string>>): Map<string, Advertisement> {
  const entries = Object.entries(names).map(([id, letters]): [string, Advertisement] => {
    return [id, { exporters: [...letters].map((name) => ({ name, path: "/metrics", labels: {} })) }];
  });
  return new Map(entries);
}

/** A guard for which there are as many plain targets as named, and what it admits as ids with names. */
function guardOf(plainTargets = 0) {
  const guard = new ExporterGuard(HOLD);
  const dropped: number[] = [];
  const admit = (names: Readonly<Record<string, string>>, nowSeconds: number) => {
    const offered = Object.values(names).join("").length;
    const admitted = guard.admit(told(names), offered + plainTargets, nowSeconds);
    dropped.push(admitted.dropped);
    const heldBack = [...admitted.heldBack].map(([id, held]) => `${id}${[...held].join("")}`).join();
    const pairs = [...admitted.agents].map(([id, { exporters }]) => [id, exporters.map(({ name }) => name).join("")]);
    return [Object.fromEntries(pairs), heldBack];
  };
  return { admit, dropped };
}

describe("ExporterGuard", () => {
  for (const [name, before, after, plainTargets, want, heldBack] of [
    ["all of every agent", { a: "tp", b: "t" }, { a: "", b: "" }, 0, { a: "tp", b: "t" }, "atp,bt"],
    ["all of every agent beside plain targets", { a: "t", b: "t" }, { a: "", b: "" }, 9, { a: "t", b: "t" }, "at,bt"],
    ["more than half, of two agents", { a: "tp", b: "tq" }, { a: "", b: "q" }, 0, { a: "tp", b: "qt" }, "atp,bt"],
    ["half of all", { a: "tp", b: "tp" }, { a: "", b: "tp" }, 0, { a: "", b: "tp" }, ""],
    ["two of one agent's three", { a: "tpq" }, { a: "t" }, 0, { a: "tpq" }, "apq"],
    ["two of one agent's three, beside others", { a: "tpq", b: "t" }, { a: "t", b: "t" }, 0, { a: "t", b: "t" }, ""],
    ["all of the only agent", { a: "t" }, { a: "" }, 0, { a: "t" }, "at"],
    ["all of the only agent, beside plain targets", { a: "t" }, { a: "" }, 1, { a: "" }, ""],
    ["all of a device that is gone", { a: "tp", b: "t" }, { b: "t" }, 0, { b: "t" }, ""],
    ["all, and others come", { a: "tp" }, { a: "qr" }, 0, { a: "qr" }, ""],
  ] as const) {
    test(`${heldBack ? "holds back" : "lets go"} ${name}`, () => {
      const { admit } = guardOf(plainTargets);
      admit(before, 0);
      assert.deepEqual(admit(after, 1), [want, heldBack]);
    });
  }

  test("brings back what went first when agent after agent offers nothing", () => {
    const { admit } = guardOf();
    admit({ a: "t", b: "t", c: "t" }, 0);
    assert.deepEqual(admit({ a: "", b: "t", c: "t" }, 10), [{ a: "", b: "t", c: "t" }, ""]);
    assert.deepEqual(admit({ a: "", b: "", c: "t" }, 20), [{ a: "t", b: "t", c: "t" }, "at,bt"]);
    assert.deepEqual(admit({ a: "", b: "", c: "" }, 30), [{ a: "t", b: "t", c: "t" }, "at,bt,ct"]);
  });

  test("drops each when it was away for the whole time, and tells how many", () => {
    const { admit, dropped } = guardOf();
    admit({ a: "tp", b: "t" }, 0);
    admit({ a: "", b: "t" }, 100);
    admit({ a: "", b: "" }, 300);
    assert.deepEqual(admit({ a: "", b: "" }, 99 + HOLD), [{ a: "tp", b: "t" }, "atp,bt"]);
    assert.deepEqual(admit({ a: "", b: "" }, 100 + HOLD), [{ a: "", b: "t" }, "bt"]);
    assert.deepEqual(admit({ a: "", b: "" }, 300 + HOLD), [{ a: "", b: "" }, ""]);
    assert.deepEqual(dropped, [0, 0, 0, 0, 2, 1]);
  });

  test("counts none as dropped that is offered again, with what its agent tells then", () => {
    const { admit, dropped } = guardOf();
    admit({ a: "tp" }, 0);
    admit({ a: "" }, 1);
    assert.deepEqual(admit({ a: "pt" }, 2), [{ a: "pt" }, ""]);
    assert.deepEqual(dropped, [0, 0, 0]);
  });
});
