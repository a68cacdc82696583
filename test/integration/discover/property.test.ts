import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../../lab/eventually.ts";
import { RandomTailnet } from "./random-tailnet.ts";
import { folder, TestDiscover } from "./test-discover.ts";

const TIMEOUT = { timeout: 180_000 };
const STEPS = 40;
/** One step of so many is a restart. */
const RESTART = 8;

for (const seed of [1, 2]) {
  test(`whatever happens, no living node is lost, and none listed that never was (${seed})`, TIMEOUT, async () => {
    using dir = folder();
    await using tailnet = await RandomTailnet.start(seed);
    const args = ["--socket", tailnet.tailscaled.socketPath, "--agent.port", `${tailnet.port}`, "--refresh", "100ms"];
    let discover = await TestDiscover.start(args, { stateDir: dir.path });
    const restart = async () => {
      discover.signal("SIGTERM");
      assert.equal((await discover.ended()).code, 0);
      await discover[Symbol.asyncDispose]();
      discover = await TestDiscover.start(args, { stateDir: dir.path });
    };
    const listed = new Set<string>();
    const happened: string[] = [];
    const wrong: string[] = [];
    /** Compares the list with what there is. What a node or its agent took back may go. */
    const look = async () => {
      const found = new Set(await discover.names());
      const living = new Set(tailnet.living);
      for (const target of listed) if (!living.has(target)) listed.delete(target);
      const lost = [...listed].filter((target) => !found.has(target));
      const invented = [...found].filter((target) => !tailnet.everTold.has(target));
      if (lost.length + invented.length > 0) wrong.push(`after ${happened.join(", ")}: ${lost} lost, ${invented} new`);
      for (const target of found) if (living.has(target)) listed.add(target);
    };
    try {
      await eventually("a first list", async () => (await discover.list()) !== undefined);
      for (let step = 1; step <= STEPS; step++) {
        if (step % RESTART === 0) await restart();
        happened.push(step % RESTART === 0 ? "a restart" : await tailnet.step(listed));
        const before = await discover.polls();
        await eventually("two more answers of tailscaled", async () => {
          await look();
          return (await discover.polls()) > before + 1;
        });
        assert.deepEqual(wrong, []);
      }
      tailnet.heal();
      await restart(); // so that none is waited for that was silent before
      await eventually("every living node", async () => {
        await look();
        return tailnet.living.every((target) => listed.has(target));
      });
      assert.deepEqual(wrong, []);
    } finally {
      await discover[Symbol.asyncDispose]();
    }
  });
}
