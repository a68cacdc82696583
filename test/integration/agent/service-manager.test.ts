import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { watchdogSeconds } from "../../../src/modes/shared/service-manager.ts";
import { freePort } from "../../free-port.ts";
import { FakeServiceManager } from "../fake-service-manager.ts";
import { Tsmon } from "./tsmon.ts";

const TIMEOUT = { timeout: 60_000 };
const QUIET = ["--socket=/nonexistent/tailscaled.sock", "--collector.disable-defaults", "--collector.loadavg"];

describe("tsmon agent under a service manager", () => {
  test("tells that it is ready, reloads, what came of it, and that it stops", TIMEOUT, async () => {
    using manager = new FakeServiceManager();
    await using starter = new Tsmon(["--version"]);
    const file = join(starter.directory, "agent.yaml");
    const port = await freePort();
    writeFileSync(file, `web.listen: ["127.0.0.1:${port}"]\n`);
    await using agent = new Tsmon(["agent", "--config.file", file, ...QUIET], { NOTIFY_SOCKET: manager.address });

    const ready = await manager.hears(/^READY=1/);
    assert.equal(ready, `READY=1\nSTATUS=Serving metrics on http://127.0.0.1:${port}/metrics`);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);

    const other = await freePort();
    writeFileSync(file, `web.listen: ["127.0.0.1:${other}"]\n`);
    agent.signal("SIGHUP");
    assert.match(await manager.hears(/^RELOADING=1/), /^RELOADING=1\nMONOTONIC_USEC=[1-9]\d+\nSTATUS=[^\n]+$/);
    assert.match(await manager.hears(/^READY=1/, 2), new RegExp(`:${other}/metrics$`));

    writeFileSync(file, "peers: some\npeerz: 1\n");
    agent.signal("SIGHUP");
    assert.match(await manager.hears(/^READY=1/, 3), /^READY=1\nSTATUS=Goes on with the old settings: [^\n]+; [^\n]+$/);

    agent.signal("SIGTERM");
    assert.equal((await agent.ended()).code, 0);
    assert.match(manager.messages.at(-1) ?? "", /^STOPPING=1\n/);
    assert.equal(manager.messages.length, 6);
  });

  test("takes another level and form of the log at SIGHUP", TIMEOUT, async () => {
    using manager = new FakeServiceManager();
    await using starter = new Tsmon(["--version"]);
    const file = join(starter.directory, "agent.yaml");
    writeFileSync(file, "log.level: info\n");
    await using agent = new Tsmon(["agent", "--web.listen=127.0.0.1:0", "--config.file", file, ...QUIET], {
      NOTIFY_SOCKET: manager.address,
    });
    await manager.hears(/^READY=1/);
    for (const [index, text] of ["log.format: json\n", "log.level: error\n", "log.level: info\n"].entries()) {
      writeFileSync(file, text);
      agent.signal("SIGHUP");
      await manager.hears(/^READY=1/, index + 2);
    }
    agent.signal("SIGTERM");
    await agent.ended();
    const reloads = agent.log.filter((line) => line.includes("Settings reloaded"));
    assert.equal(reloads.length, 2, agent.log.join("\n"));
    assert.match(reloads[0] ?? "", /^\{"time":.*"level":"info","msg":"Settings reloaded"\}$/);
    assert.match(reloads[1] ?? "", / info Settings reloaded$/);
  });

  test("is not ready when its address is taken", TIMEOUT, async () => {
    using manager = new FakeServiceManager();
    const occupant = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => occupant.listen(port, "127.0.0.1", resolve));
    await using agent = new Tsmon(["agent", `--web.listen=127.0.0.1:${port}`, ...QUIET], {
      NOTIFY_SOCKET: manager.address,
    });
    assert.equal((await agent.ended()).code, 1);
    assert.deepEqual(manager.messages, []);
    occupant.close();
  });

  test("feeds the watchdog for as long as it runs", TIMEOUT, async () => {
    using manager = new FakeServiceManager();
    await using agent = new Tsmon(["agent", "--web.listen=127.0.0.1:0", ...QUIET], {
      NOTIFY_SOCKET: manager.address,
      WATCHDOG_USEC: "100000",
    });
    await manager.hears(/^WATCHDOG=1$/, 5);
    await manager.hears(/^READY=1/);
    agent.signal("SIGTERM");
    assert.equal((await agent.ended()).code, 0);
  });

  test("runs all the same where the socket is of a kind that it cannot use", TIMEOUT, async () => {
    await using agent = new Tsmon(["agent", "--web.listen=127.0.0.1:0", ...QUIET], { NOTIFY_SOCKET: "vsock:2:1" });
    await agent.says(/ warn Cannot tell the service manager: "vsock:2:1" is not a Unix socket/);
    await agent.says(/ info Serving metrics on /);
  });
});

describe("watchdogSeconds()", () => {
  for (const [env, want] of [
    [{}, undefined],
    [{ WATCHDOG_USEC: "30000000" }, 15],
    [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" }, 15],
    [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "8" }, undefined],
    [{ WATCHDOG_USEC: "0" }, undefined],
    [{ WATCHDOG_USEC: "soon" }, undefined],
  ] as const) {
    test(JSON.stringify(env), () => assert.equal(watchdogSeconds(env, 7), want));
  }
});
