import assert from "node:assert/strict";
import { statfsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { startStatfsWorker } from "../../../src/runtime/statfs.ts";

describe("startStatfsWorker()", () => {
  // The workers do not keep the process alive; in a scrape the server and the timeout do.
  let alive: ReturnType<typeof setInterval>;
  before(() => {
    alive = setInterval(() => {}, 1000);
  });
  after(() => clearInterval(alive));

  test("gives the counts of a file system, and the code of an error", async () => {
    const worker = startStatfsWorker();
    const { bsize, blocks, files } = statfsSync("/");
    const counts = await worker.statfs("/");
    assert.deepEqual([counts.bsize, counts.blocks, counts.files], [bsize, blocks, files]);
    await assert.rejects(worker.statfs("/nonexistent"), { code: "ENOENT" });
    assert.equal((await worker.statfs("/")).blocks, blocks);
    worker.stop();
  });

  test("rejects a call that its thread does not survive", async () => {
    const worker = startStatfsWorker();
    await worker.statfs("/");
    const call = worker.statfs("/");
    worker.stop();
    // It may have answered just before it ended.
    await call.then(
      ({ bsize }) => assert.ok(bsize > 0),
      (error: Error) => assert.match(error.message, /the worker ended/),
    );
  });
});
