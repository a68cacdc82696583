import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeTailscaled } from "../fake-tailscaled.ts";
import { exporter, FakeAgent } from "./fake-agent.ts";
import { folder, statusAt, TestDiscover } from "./test-discover.ts";

const TIMEOUT = { timeout: 30_000 };

describe("tsmon discover", () => {
  test("holds back what most agents no longer tell, over a restart too, for the guard's time", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2) });
    await using one = await FakeAgent.start("127.0.1.1", 0, [exporter("tsmon"), exporter("a"), exporter("b")]);
    await using two = await FakeAgent.start("127.0.1.2", one.port);
    const args = ["--socket", tailscaled.socketPath, "--agent.port", `${one.port}`, "--target", "9100"];
    const at = (number: number, path = "") => `127.0.1.${number}:${one.port}${path}`;
    const all = [at(1), at(1, "/proxy/a"), at(1, "/proxy/b"), "127.0.1.1:9100", at(2), "127.0.1.2:9100"];
    {
      await using first = await TestDiscover.start(args, { stateDir: dir.path });
      await first.sees("all exporters", all);
      one.exporters = [];
      two.exporters = [];
      await first.says(/ warn Many exporters vanished at once, and stay listed for --sd\.shrink-guard subject=agents/);
      await first.sees("all of them still", all);
      assert.equal(await first.metric("tsmon_discover_held_back_targets"), 4);
      const page = await (await first.get("/", { Accept: "text/html" })).text();
      assert.equal(page.match(/<td>local, \d+ s ago, not again: held back<td>/g)?.length, 4);
      first.signal("SIGTERM");
      await first.ended();
    }
    for (const agent of [one, two]) agent.override("/.well-known/tsmon", (_, response) => response.destroy());
    await using second = await TestDiscover.start([...args, "--sd.shrink-guard", "2s"], { stateDir: dir.path });
    assert.equal((await second.names()).length, all.length);
    for (const agent of [one, two]) agent.restore();
    await second.says(
      / warn Exporters that vanished were dropped after --sd\.shrink-guard subject=agents exporters=\d/,
    );
    await second.sees("the plain targets", ["127.0.1.1:9100", "127.0.1.2:9100"]);
    assert.doesNotMatch(second.log.join("\n"), /Works again/);
  });
});
