import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { adjtimex, decodeTimex } from "../../../src/runtime/adjtimex.ts";

describe("adjtimex()", { skip: process.platform !== "linux" }, () => {
  test("tells of this machine's clock", () => {
    const { state, tick, maxerror, freq } = adjtimex();
    assert.ok(state >= 0 && state <= 5, `state ${state}`);
    assert.ok(tick >= 9000 && tick <= 11000, `tick ${tick}`); // the kernel admits no other
    assert.ok(maxerror >= 0, `maxerror ${maxerror}`);
    assert.ok(Math.abs(freq) <= 500 * 65536, `freq ${freq}`);
  });
});

describe("decodeTimex()", () => {
  test("finds each member where the kernel puts it", () => {
    const view = new DataView(new ArrayBuffer(208));
    const longs = [8, 16, 24, 32, 48, 88, 96, 104, 120, 128, 136, 144, 152];
    for (const offset of longs) view.setBigInt64(offset, BigInt(-offset), true);
    for (const offset of [40, 112, 160]) view.setInt32(offset, -offset, true);
    assert.deepEqual(decodeTimex(new Uint8Array(view.buffer)), {
      ...{ offset: -8, freq: -16, maxerror: -24, esterror: -32, status: -40, constant: -48, tick: -88, ppsfreq: -96 },
      ...{ jitter: -104, shift: -112, stabil: -120, jitcnt: -128, calcnt: -136, errcnt: -144, stbcnt: -152, tai: -160 },
    });
  });
});
