import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import type { StatfsCounts, StatfsWorker } from "../../../../../src/exporter/collectors/host/source.ts";
import { StatfsPool } from "../../../../../src/exporter/collectors/host/statfs-pool.ts";
import { COUNTS, systemError } from "./fixture-source.ts";

const TIMED_OUT = { error: "mountpoint timeout" };

/** Workers whose calls to paths with "hung" in them wait until the test answers. */
class FakeWorkers {
  started = 0;
  stopped = 0;
  readonly asked: string[] = [];
  readonly pending = new Map<string, PromiseWithResolvers<StatfsCounts>>();

  readonly start = (): StatfsWorker => {
    this.started++;
    return {
      statfs: (path) => {
        this.asked.push(path);
        if (!path.includes("hung")) return Promise.resolve(COUNTS);
        const call = Promise.withResolvers<StatfsCounts>();
        this.pending.set(path, call);
        return call.promise;
      },
      stop: () => {
        this.stopped++;
      },
    };
  };
}

const SHORT = { workers: 2, timeoutSeconds: 0.02 };
const never = new AbortController().signal;

describe("StatfsPool", () => {
  test("answers in the order of the paths, with one worker while all answer", async () => {
    const workers = new FakeWorkers();
    const pool = new StatfsPool(SHORT);
    const source = { signal: never, startStatfsWorker: workers.start };
    assert.deepEqual(await pool.statfsAll(["/a", "/b", "/c"], source), [COUNTS, COUNTS, COUNTS]);
    await pool.statfsAll(["/a"], source);
    assert.equal(workers.started, 1);
  });

  test("asks a path once that is mounted on twice", async () => {
    const workers = new FakeWorkers();
    await new StatfsPool(SHORT).statfsAll(["/a", "/a"], { signal: never, startStatfsWorker: workers.start });
    assert.deepEqual(workers.asked, ["/a"]);
  });

  test("leaves a mount behind that does not answer in time, and does not ask it again until it has", async () => {
    const workers = new FakeWorkers();
    const pool = new StatfsPool(SHORT);
    const source = { signal: never, startStatfsWorker: workers.start };
    assert.deepEqual(await pool.statfsAll(["/hung", "/b"], source), [TIMED_OUT, COUNTS]);
    assert.deepEqual(await pool.statfsAll(["/hung", "/b"], source), [TIMED_OUT, COUNTS]);
    assert.equal(workers.asked.filter((path) => path === "/hung").length, 1);
    workers.pending.get("/hung")!.resolve(COUNTS);
    await workers.pending.get("/hung")!.promise;
    const third = pool.statfsAll(["/hung"], source);
    workers.pending.get("/hung")!.resolve(COUNTS);
    assert.deepEqual(await third, [COUNTS]);
    assert.equal(workers.asked.filter((path) => path === "/hung").length, 2);
  });

  test("starts on the others while one keeps it waiting", async () => {
    mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
    const workers = new FakeWorkers();
    const pool = new StatfsPool({ workers: 2, timeoutSeconds: 5 });
    const all = pool.statfsAll(["/hung", "/b", "/c"], { signal: never, startStatfsWorker: workers.start });
    assert.deepEqual(workers.asked, ["/hung"]);
    mock.timers.tick(100);
    mock.timers.reset();
    for (let i = 0; i < 20; i++) await Promise.resolve();
    assert.deepEqual(workers.asked, ["/hung", "/b", "/c"]);
    workers.pending.get("/hung")!.resolve(COUNTS);
    assert.deepEqual(await all, [COUNTS, COUNTS, COUNTS]);
    assert.equal(workers.started, 2);
  });

  test("starts no more than twice as many workers as its limit", async () => {
    const workers = new FakeWorkers();
    const pool = new StatfsPool({ workers: 1, timeoutSeconds: 0.005 });
    const source = { signal: never, startStatfsWorker: workers.start };
    const paths = ["/hung1", "/hung2", "/hung3", "/fine"];
    assert.deepEqual(await pool.statfsAll(paths, source), [TIMED_OUT, TIMED_OUT, TIMED_OUT, TIMED_OUT]);
    assert.equal(workers.started, 2);
    workers.pending.get("/hung1")!.resolve(COUNTS);
    await workers.pending.get("/hung1")!.promise;
    assert.deepEqual(await pool.statfsAll(["/fine"], source), [COUNTS]);
  });

  test("answers at once when the scrape's time is up, and asks nothing more", async () => {
    const workers = new FakeWorkers();
    const controller = new AbortController();
    const pool = new StatfsPool({ workers: 1, timeoutSeconds: 60 });
    const all = pool.statfsAll(["/a", "/hung", "/b"], { signal: controller.signal, startStatfsWorker: workers.start });
    for (let i = 0; i < 20; i++) await Promise.resolve();
    controller.abort();
    assert.deepEqual(await all, [COUNTS, TIMED_OUT, TIMED_OUT]);
    assert.deepEqual(workers.asked, ["/a", "/hung"]);
  });

  test("gives the system's error, and keeps the worker", async () => {
    const workers = new FakeWorkers();
    const pool = new StatfsPool(SHORT);
    const source = { signal: never, startStatfsWorker: workers.start };
    const all = pool.statfsAll(["/hung"], source);
    workers.pending.get("/hung")!.reject(systemError("ENOTCONN"));
    assert.deepEqual(await all, [{ error: "transport endpoint is not connected" }]);
    await pool.statfsAll(["/a"], source);
    assert.deepEqual([workers.started, workers.stopped], [1, 0]);
  });

  test("replaces a worker that broke", async () => {
    const workers = new FakeWorkers();
    const pool = new StatfsPool(SHORT);
    const source = { signal: never, startStatfsWorker: workers.start };
    const all = pool.statfsAll(["/hung"], source);
    workers.pending.get("/hung")!.reject(new Error("the worker ended"));
    assert.deepEqual(await all, [{ error: "the worker ended" }]);
    assert.deepEqual(await pool.statfsAll(["/a"], source), [COUNTS]);
    assert.deepEqual([workers.started, workers.stopped], [2, 1]);
  });
});
