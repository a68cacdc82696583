import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import * as z from "zod/mini";
import { DBusConnection, DBusError } from "../../src/exporter/collectors/host/dbus/connection.ts";
import type { HostSource } from "../../src/exporter/collectors/host/source.ts";
import { systemd, systemdSettings } from "../../src/exporter/collectors/host/systemd.ts";

const folder = mkdtempSync(`${tmpdir()}/tsmon-dbus-`);
const path = `${folder}/bus`;
let daemon: ChildProcess | undefined;
after(() => {
  daemon?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** A bus of our own, on which is nobody but us. Resolves when it listens. */
async function startBus(): Promise<void> {
  const config = `<busconfig>
    <type>session</type><listen>unix:path=${path}</listen><auth>EXTERNAL</auth>
    <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
  </busconfig>`;
  writeFileSync(`${folder}/bus.conf`, config);
  const options = [`--config-file=${folder}/bus.conf`, "--nofork", "--nopidfile", "--print-address"];
  daemon = spawn("dbus-daemon", options, { stdio: ["ignore", "pipe", "ignore"] });
  for await (const _ of createInterface({ input: daemon.stdout! })) return;
  throw new Error("Cannot start dbus-daemon");
}

const skip = spawnSync("dbus-daemon", ["--version"]).error !== undefined;
if (skip) process.stderr.write("Skipped: no dbus-daemon found to speak with\n");

describe("DBusConnection with a real dbus-daemon", { skip }, () => {
  const BUS = { destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus" };

  test("is let in, calls methods, and is told errors", async () => {
    await startBus();
    const connection = await DBusConnection.open(path, { isBus: true, signal: AbortSignal.timeout(10_000) });
    const calls = Array.from({ length: 200 }, () => connection.call({ ...BUS, member: "ListNames" }));
    for (const [names] of await Promise.all(calls)) assert.deepEqual(names, ["org.freedesktop.DBus", ":1.0"]);
    assert.deepEqual(await connection.call({ ...BUS, member: "NameHasOwner", arguments: ["a.b"] }), [false]);
    await assert.rejects(connection.call({ ...BUS, member: "NoSuchMethod" }), (error) => {
      return error instanceof DBusError && error.errorName === "org.freedesktop.DBus.Error.UnknownMethod";
    });
    connection.close();
  });

  test("tells that systemd is not on the bus", async () => {
    const settings = z.strictObject(systemdSettings).parse({});
    const { collect } = systemd(settings, { bus: path, manager: `${folder}/missing` });
    const source = { signal: AbortSignal.timeout(10_000) } as HostSource;
    await assert.rejects(async () => collect(source), /org\.freedesktop\.systemd1 .*ServiceUnknown/);
  });
});
