import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ProbePlan } from "../../../src/discovery/probe-plan.ts";
import { TokenBucket } from "../../../src/discovery/token-bucket.ts";

const BUDGET = { intervalSeconds: 30, perSecond: 100, steadyPerSecond: 10, concurrency: 100 };
const NONE = new Map<string, unknown>();
const list = (...ids: string[]) => ids.map((id) => ({ id }));

describe("ProbePlan", () => {
  test("asks all of the first list at once, and settles when they have answered", () => {
    const plan = new ProbePlan(BUDGET);
    plan.setCandidates(list("a", "b"), NONE, 0);
    assert.equal(plan.isSettled, false);
    assert.deepEqual(plan.take(0), ["a", "b"]);
    assert.deepEqual(plan.take(0), []);
    plan.ended("a", true, 1);
    assert.equal(plan.isSettled, false);
    plan.ended("b", false, 1);
    assert.equal(plan.isSettled, true);
  });

  test("asks a known agent each interval, answer or not", () => {
    const plan = new ProbePlan(BUDGET);
    plan.setCandidates(list("a"), NONE, 0);
    plan.take(0);
    plan.ended("a", true, 0);
    for (const nowSeconds of [30, 60, 90]) {
      assert.deepEqual(plan.take(nowSeconds - 0.1), []);
      assert.deepEqual(plan.take(nowSeconds), ["a"]);
      plan.ended("a", false, nowSeconds);
    }
  });

  for (const [name, first, waits] of [
    ["one of the first list after 1 min, then 2, up to 1 h", true, [60, 120, 240, 480, 960, 1920, 3600, 3600]],
    ["a newcomer after 1 s, then 2, up to 1 h", false, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]],
  ] as const) {
    test(`asks ${name}, while it has no agent`, () => {
      const plan = new ProbePlan(BUDGET);
      let nowSeconds = 0;
      if (!first) plan.setCandidates([], NONE, nowSeconds);
      plan.setCandidates(list("a"), NONE, nowSeconds);
      for (const waitSeconds of waits) {
        assert.deepEqual(plan.take(nowSeconds), ["a"]);
        plan.ended("a", false, nowSeconds);
        assert.deepEqual(plan.take(nowSeconds + waitSeconds - 0.01), []);
        nowSeconds += waitSeconds;
      }
    });
  }

  test("asks newcomers before known agents before those that never answered", () => {
    const plan = new ProbePlan({ ...BUDGET, concurrency: 1 });
    plan.setCandidates(list("other", "known"), new Map([["known", 1]]), 0);
    plan.setCandidates(list("other", "known", "new"), NONE, 1);
    const order: string[] = [];
    for (let i = 0; i < 3; i++) {
      const [id = ""] = plan.take(2);
      order.push(id);
      plan.ended(id, false, 2);
    }
    assert.deepEqual(order, ["new", "known", "other"]);
  });

  test("takes one for new until its agent answers, or for its first minute", () => {
    const plan = new ProbePlan(BUDGET);
    plan.setCandidates(list("old"), NONE, 0);
    plan.setCandidates(list("old", "a", "b"), NONE, 0);
    plan.ended("a", true, 0);
    const isNew: boolean[] = [];
    for (let i = 0; i < 8; i++) {
      isNew.push(plan.isNew("b"));
      plan.ended("b", false, 0);
    }
    assert.deepEqual([plan.isNew("old"), plan.isNew("a"), plan.isNew("gone")], [false, false, false]);
    assert.deepEqual(isNew, [true, true, true, true, true, true, true, false]);
  });

  test("does not ask one that is offline, and asks it at once when it comes back", () => {
    const plan = new ProbePlan(BUDGET);
    plan.setCandidates([{ id: "a", online: false }], NONE, 0);
    assert.deepEqual([plan.take(0), plan.isSettled, plan.waitSeconds(0)], [[], true, undefined]);
    plan.setCandidates([{ id: "a", online: true }], NONE, 100);
    assert.deepEqual(plan.take(100), ["a"]);
  });

  test("asks many known agents more seldom", () => {
    const plan = new ProbePlan({ ...BUDGET, perSecond: 1000, concurrency: 1000 });
    const many = Array.from({ length: 900 }, (_, i) => `${i}`);
    plan.setCandidates(list(...many), new Map(many.map((id) => [id, 1])), 0);
    for (const id of plan.take(0)) plan.ended(id, true, 0);
    assert.deepEqual([plan.take(89).length, plan.take(90).length], [0, 900]);
  });

  test("forgets one that is no longer listed, also while it is asked", () => {
    const plan = new ProbePlan({ ...BUDGET, concurrency: 1 });
    plan.setCandidates(list("a", "b"), NONE, 0);
    assert.deepEqual(plan.take(0), ["a"]);
    plan.setCandidates(list("b"), NONE, 0);
    assert.deepEqual(plan.take(0), []);
    plan.ended("a", true, 0);
    assert.deepEqual(plan.take(0), ["b"]);
  });

  test("keeps to its budget: so many at once, and so many a second", () => {
    const plan = new ProbePlan({ ...BUDGET, perSecond: 10 });
    plan.setCandidates(list(...Array.from({ length: 1000 }, (_, i) => `${i}`)), NONE, 0);
    let asked = 0;
    for (let nowSeconds = 0; nowSeconds <= 10; nowSeconds += 0.05) {
      const ids = plan.take(nowSeconds);
      asked += ids.length;
      for (const id of ids) plan.ended(id, false, nowSeconds);
    }
    assert.ok(asked > 100 && asked <= 110, `${asked}`);
  });
});

describe("TokenBucket", () => {
  test("grants its burst, then its rate, and is not moved by a clock that goes back", () => {
    const bucket = new TokenBucket(3, 0.5);
    assert.equal(bucket.available(100), 3);
    bucket.take(3);
    assert.deepEqual([bucket.available(100), bucket.waitSeconds(100), bucket.available(50)], [0, 2, 0]);
    assert.equal(bucket.available(102), 1);
    assert.equal(bucket.available(1000), 3);
  });
});
