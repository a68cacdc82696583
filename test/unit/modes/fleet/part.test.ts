import assert from "node:assert/strict";
import { test } from "node:test";
import { statusError } from "../../../../src/control/errors.ts";
import { Part } from "../../../../src/modes/fleet/part.ts";

test("Part asks again no sooner than Retry-After says, whatever chance says", { timeout: 20_000 }, async (context) => {
  const { random } = Math;
  Math.random = () => 0;
  context.after(() => {
    Math.random = random;
  });
  const askedMs: number[] = [];
  const again = Promise.withResolvers<void>();
  const part = new Part<void>({
    name: "devices",
    intervalSeconds: 1,
    deadlineSeconds: 1,
    onChange: () => {},
    async ask() {
      if (askedMs.push(performance.now()) === 2) again.resolve();
      throw statusError("/x", 429, "3");
    },
  });
  part.start();
  await again.promise;
  await part.stop();
  const waitedMs = askedMs[1]! - askedMs[0]!;
  assert.ok(waitedMs > 2950, `${waitedMs} ms`);
});
