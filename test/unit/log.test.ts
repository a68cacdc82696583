import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ChangeLog, createLog, type LogOptions } from "../../src/log.ts";

function logOf(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  return { lines, log: createLog({ level: "info", format: "text", ...options }, (line) => lines.push(line)) };
}

describe("createLog()", () => {
  test("writes time, level, sentence and fields on a line", () => {
    const { lines, log } = logOf();
    log.warn("Cannot do it", { path: "/a b", durationSeconds: 0.5 });
    assert.match(lines[0]!, /^\d{4}-\d\d-\d\dT[\d:.]+Z warn Cannot do it path="\/a b" durationSeconds=0\.5\n$/);
  });

  test("writes JSON with --log.format json", () => {
    const { lines, log } = logOf({ format: "json" });
    log.info("Started", { port: 1 });
    const { time, ...rest } = JSON.parse(lines[0]!);
    assert.ok(Date.parse(time) > 0);
    assert.deepEqual(rest, { level: "info", msg: "Started", port: 1 });
  });

  test("lets no message make a second line", () => {
    const { lines, log } = logOf();
    log.error("one\n2026-01-01T00:00:00Z info forged");
    assert.equal(lines.join("").split("\n").length, 2);
  });

  test("lets no control character of a message or field reach the terminal", () => {
    const { lines, log } = logOf();
    log.error("one\r\u001b[31mtwo", { path: "a\u001bb" });
    assert.match(lines[0]!, / error one \[31mtwo path="a\\u001bb"\n$/);
  });

  test("drops nothing that repeats", () => {
    const { lines, log } = logOf();
    for (let i = 0; i < 20; i++) log.info("again");
    assert.equal(lines.length, 20);
  });

  test("leaves out what is below its level", () => {
    const { lines, log } = logOf({ level: "warn" });
    log.info("no");
    log.warn("yes");
    assert.equal(lines.length, 1);
  });
});

test("ChangeLog.report() tells a problem once, a change of it, and its end", () => {
  const { lines, log } = logOf();
  const changes = new ChangeLog(log);
  for (const text of ["gone", "gone", "gone", "hung", "hung"]) changes.report(new Map([["tailscaled", text]]));
  changes.report(new Map());
  changes.report(new Map());
  assert.deepEqual(
    lines.map((line) => line.replace(/^\S+ /, "").trim()),
    ["warn gone subject=tailscaled", "warn hung subject=tailscaled", "info Works again subject=tailscaled"],
  );
});

test("ChangeLog.report() keeps changes to itself where they are not to be told", () => {
  const { lines, log } = logOf();
  const changes = new ChangeLog(log, (subject) => subject !== "tailscaled");
  for (const text of ["gone", "hung"]) {
    changes.report(
      new Map([
        ["tailscaled", text],
        ["cpu", text],
      ]),
    );
  }
  assert.deepEqual(
    lines.map((line) => line.replace(/^\S+ /, "").trim()),
    ["warn gone subject=tailscaled", "warn gone subject=cpu", "warn hung subject=cpu"],
  );
});

test("ChangeLog.report() ends no problem of which a look says nothing", () => {
  const { lines, log } = logOf();
  const changes = new ChangeLog(log);
  changes.report(new Map([["a", "gone"]]));
  changes.report(new Map(), (subject) => subject === "b");
  assert.equal(lines.length, 1);
  changes.report(new Map(), (subject) => subject === "a");
  assert.match(lines[1]!, / info Works again subject=a\n$/);
});
