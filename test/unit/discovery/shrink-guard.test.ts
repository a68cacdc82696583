import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Device } from "../../../src/discovery/device.ts";
import { ShrinkGuard } from "../../../src/discovery/shrink-guard.ts";
import { deviceOf } from "./device.ts";

const list = (...numbers: number[]) => numbers.map((number) => deviceOf(number));
const ids = (devices: readonly { id: string }[]) => devices.map(({ id }) => id.slice(1)).join();
const HOLD = 600;

describe("ShrinkGuard", () => {
  for (const [name, before, fresh, want] of [
    ["one of three goes", [1, 2, 3], [1, 2], "1,2"],
    ["one of two goes", [1, 2], [1], "1"],
    ["the last goes", [1], [], "1"],
    ["all go", [1, 2, 3], [], "1,2,3"],
    ["half of four go", [1, 2, 3, 4], [1, 2], "1,2,3,4"],
    ["most go, and one comes", [1, 2, 3, 4], [4, 5], "4,5,1,2,3"],
    ["all are others", [1, 2], [3, 4], "3,4,1,2"],
    ["some come", [1], [1, 2, 3], "1,2,3"],
    ["nothing was there", [], [1], "1"],
  ] as const) {
    test(`${name}: ${want} is served`, () => {
      const admitted = new ShrinkGuard(HOLD).admit(list(...before), list(...fresh), { nowSeconds: 0 });
      assert.equal(ids(admitted.devices), want);
      assert.equal(admitted.heldBackIds.size, admitted.devices.length - fresh.length);
    });
  }

  test("gives in when the list stays short for the whole time", () => {
    const guard = new ShrinkGuard(HOLD);
    const admit = (nowSeconds: number) => ids(guard.admit(list(1, 2, 3, 4), list(1), { nowSeconds }).devices);
    assert.deepEqual([0, HOLD - 1, HOLD].map(admit), ["1,2,3,4", "1,2,3,4", "1"]);
  });

  test("begins anew when the list was whole in between", () => {
    const guard = new ShrinkGuard(HOLD);
    const served = list(1, 2, 3, 4);
    guard.admit(served, list(1), { nowSeconds: 0 });
    guard.admit(served, served, { nowSeconds: 300 });
    assert.equal(guard.admit(served, list(1), { nowSeconds: HOLD }).heldBackIds.size, 3);
  });

  test("lets each go when it was missing for the whole time itself, and tells how many", () => {
    const guard = new ShrinkGuard(10);
    let served: readonly Device[] = list(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    const admit = (fresh: readonly Device[], nowSeconds: number) => {
      const admitted = guard.admit(served, fresh, { nowSeconds });
      served = admitted.devices;
      return [served.length, admitted.heldBackIds.size, admitted.dropped];
    };
    assert.deepEqual(admit(list(1, 2, 3, 4), 0), [10, 6, 0]);
    assert.deepEqual(admit([], 8), [10, 10, 0]);
    assert.deepEqual(admit([], 10), [4, 4, 6]);
    assert.deepEqual(admit([], 17), [4, 4, 0]);
    assert.deepEqual(admit([], 18), [0, 0, 4]);
  });

  test("holds back what it has held back when so many others return that it alone would go at once", () => {
    const guard = new ShrinkGuard(HOLD);
    const admit = (served: readonly Device[], fresh: readonly Device[], nowSeconds: number) =>
      ids(guard.admit(served, fresh, { nowSeconds }).devices);
    const all = list(1, 2, 3, 4);
    assert.equal(admit(all, list(1), 0), "1,2,3,4");
    assert.equal(admit(all, list(1, 2, 3), 1), "1,2,3,4");
    assert.equal(admit(all, list(1, 2, 3), HOLD), "1,2,3");
  });

  test("takes the time after a failed question for no absence", () => {
    const guard = new ShrinkGuard(HOLD);
    const held = (nowSeconds: number) => guard.admit(list(1, 2, 3), [], { nowSeconds }).heldBackIds.size;
    assert.equal(held(0), 3);
    guard.failed(30);
    guard.failed(60);
    assert.deepEqual([HOLD, 2 * HOLD - 31, 2 * HOLD - 30].map(held), [3, 3, 0]);
  });

  test("counts the node that asks neither before nor after", () => {
    const admitted = new ShrinkGuard(HOLD).admit(list(0, 1), list(0), { selfId: "n0", nowSeconds: 0 });
    assert.equal(ids(admitted.devices), "0,1");
  });

  test("lets go at once what the source says to be deleted", () => {
    const gone = new Set(["n2", "n3", "n4"]);
    const admitted = new ShrinkGuard(HOLD).admit(list(1, 2, 3, 4), list(1), { gone, nowSeconds: 0 });
    assert.equal(ids(admitted.devices), "1");
  });

  test("never loses a device that the source lists, whatever came before", () => {
    const random = randomOf(7);
    for (let run = 0; run < 200; run++) {
      const guard = new ShrinkGuard(30);
      let served = list(...some(random));
      const seen = new Set(served.map(({ id }) => id));
      for (let nowSeconds = 0; nowSeconds < 100; nowSeconds += 5) {
        const fresh = list(...some(random));
        for (const { id } of fresh) seen.add(id);
        const admitted = guard.admit(served, fresh, { nowSeconds });
        const now = new Set(admitted.devices.map(({ id }) => id));
        assert.equal(now.size, admitted.devices.length, "no device twice");
        assert.ok(
          fresh.every(({ id }) => now.has(id)),
          "every device that is listed",
        );
        assert.ok(
          [...now].every((id) => seen.has(id)),
          "no device that never was",
        );
        served = [...admitted.devices];
      }
    }
  });
});

test("ShrinkGuard never loses a living device to a source that fails, goes empty or forgets half", () => {
  const random = randomOf(11);
  for (let run = 0; run < 200; run++) {
    const guard = new ShrinkGuard(1000);
    let living = [1, 2, 3, 4, 5, 6];
    let served: readonly Device[] = list(...living);
    const told = new Set<number>(living);
    for (let step = 0; step < 50; step++) {
      // One comes or goes at a time, so that a list that is right never looks wrong.
      if (random() < 0.3) living = random() < 0.5 ? [...living, 10 + step] : living.slice(Number(living.length > 3));
      const kind = random();
      if (kind < 0.2) continue; // no answer
      const isWhole = kind > 0.5;
      const fresh = isWhole ? living : kind < 0.3 ? [] : living.slice(Math.ceil(living.length / 2));
      for (const number of fresh) told.add(number);
      served = guard.admit(served, list(...fresh), { nowSeconds: step }).devices;
      const now = ids(served).split(",");
      const lost = living.filter((number) => told.has(number) && !now.includes(`${number}`));
      assert.deepEqual(lost, [], `run ${run}, step ${step}`);
      assert.ok(
        served.every(({ id }) => told.has(Number(id.slice(1)))),
        "no device that never was",
      );
    }
  }
});

function some(random: () => number): number[] {
  const share = random();
  return Array.from({ length: 12 }, (_, i) => i).filter(() => random() < share);
}

/** Numbers below 1 that are the same in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}
