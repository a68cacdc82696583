import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { describe, test } from "node:test";
import { openNotifySocket, socketAddress } from "../../../src/runtime/notify-socket.ts";
import { FakeServiceManager } from "../../integration/fake-service-manager.ts";

describe("socketAddress()", () => {
  for (const [address, want] of [
    ["/run/x", [1, 0, 47, 114, 117, 110, 47, 120, 0]],
    ["@x", [1, 0, 0, 120]],
    [`/${"x".repeat(106)}`, [1, 0, 47, ...Array(106).fill(120), 0]],
    [`@${"x".repeat(107)}`, [1, 0, 0, ...Array(107).fill(120)]],
  ] as const) {
    test(`${address.slice(0, 10)} with ${address.length} characters`, () => {
      assert.deepEqual([...socketAddress(address)], want);
    });
  }

  for (const address of ["", "run/x", "vsock:2:1234", "/", "@", `/${"x".repeat(107)}`, `@${"x".repeat(108)}`]) {
    test(`refuses ${JSON.stringify(address.slice(0, 15))} with ${address.length} characters`, () => {
      assert.throws(() => socketAddress(address), RangeError);
    });
  }
});

describe("openNotifySocket()", { skip: process.platform !== "linux" }, () => {
  for (const address of [undefined, `@tsmon-test-${process.pid}`]) {
    test(`sends to ${address ? "an abstract name" : "a path"}`, () => {
      using manager = new FakeServiceManager(address);
      const socket = openNotifySocket(manager.address);
      assert.deepEqual([socket.send("READY=1\nSTATUS=ö"), manager.messages], [true, ["READY=1\nSTATUS=ö"]]);
    });
  }

  test("says when nobody takes the message", () => {
    assert.equal(openNotifySocket("/nonexistent/notify.sock").send("READY=1"), false);
  });

  test("says when the other side's queue is full, and does not wait", () => {
    using manager = new FakeServiceManager();
    const socket = openNotifySocket(manager.address);
    let sent = 0;
    while (sent < 100_000 && socket.send("WATCHDOG=1")) sent++;
    assert.ok(sent > 0 && sent < 100_000, `${sent}`);
    assert.equal(manager.messages.length, sent);
    assert.equal(socket.send("WATCHDOG=1"), true);
  });

  test("monotonicMicroseconds() is the system's CLOCK_MONOTONIC", () => {
    const outside = "import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)";
    const socket = openNotifySocket("@tsmon");
    const before = socket.monotonicMicroseconds();
    const system = BigInt(execFileSync("python3", ["-c", outside], { encoding: "utf8" }).trim());
    assert.ok(before < system && system < socket.monotonicMicroseconds());
  });
});
