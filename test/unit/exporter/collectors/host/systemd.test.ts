import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { DBusConnection, DBusError } from "../../../../../src/exporter/collectors/host/dbus/connection.ts";
import { decodeMessage, messageLength } from "../../../../../src/exporter/collectors/host/dbus/reader.ts";
import { encodeCall } from "../../../../../src/exporter/collectors/host/dbus/writer.ts";
import { parseVersion, systemd, systemdSettings } from "../../../../../src/exporter/collectors/host/systemd.ts";
import { FakeBus, type FakeBusOptions, UNKNOWN_PROPERTY } from "./fake-bus.ts";
import { fixtureSource, seriesOf, settingsOf } from "./fixture-source.ts";

const folder = mkdtempSync(`${tmpdir()}/tsmon-systemd-`);
const buses: FakeBus[] = [];
after(() => {
  for (const bus of buses) bus.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function startBus(options: FakeBusOptions = {}): Promise<FakeBus> {
  const bus = await new FakeBus(`${folder}/${buses.length}`, options).start();
  buses.push(bus);
  return bus;
}

/** Series of a scrape of a bus. */
function scrape(bus: FakeBus, given: Record<string, unknown> = {}, signal = AbortSignal.timeout(20_000)) {
  const sockets = { bus: bus.path, manager: `${folder}/missing` };
  return seriesOf(systemd(settingsOf(systemdSettings, given), sockets), fixtureSource({ signal }));
}

/** The series of one family, without its name. */
const ofFamily = (series: string[], family: string) =>
  series.flatMap((line) => (line.startsWith(`${family}{`) ? [line.slice(family.length)] : [])).sort();

const MANAGER = "/org/freedesktop/systemd1";
const VERSION = `${MANAGER} Get org.freedesktop.systemd1.Manager Version`;
const isList = (call: string) => call === `${MANAGER} ListUnits`;

describe("systemd()", () => {
  test("reports the states that systemd has for its units and for itself", async () => {
    const bus = await startBus();
    const series = await scrape(bus);
    assert.ok(series.includes('node_systemd_version{version="252.39-1~deb12u2"} 252.39'));
    assert.ok(series.includes('node_systemd_virtualization_info{virtualization_type="container-other"} 1'));
    assert.ok(series.includes("node_systemd_system_running 0"));
    assert.deepEqual(
      ofFamily(series, "node_systemd_unit_state").filter((line) => line.includes('"broken.service"')),
      ["activating", "active", "deactivating", "failed", "inactive"].map(
        (state) => `{name="broken.service",state="${state}",type="simple"} ${Number(state === "failed")}`,
      ),
    );
    assert.ok(series.includes('node_systemd_unit_state{name="once.service",state="active",type="oneshot"} 1'));
    assert.ok(series.includes('node_systemd_unit_state{name="tick.timer",state="active",type=""} 1'));
    assert.deepEqual(ofFamily(series, "node_systemd_units"), [
      '{state="activating"} 1',
      '{state="active"} 18',
      '{state="deactivating"} 0',
      '{state="failed"} 2',
      '{state="inactive"} 6',
    ]);
  });

  test("reports what timers and sockets have", async () => {
    const series = await scrape(await startBus());
    assert.equal(ofFamily(series, "node_systemd_timer_last_trigger_seconds").length, 1);
    const echo = series.filter((line) => line.includes('_total{name="echo.socket"}'));
    assert.deepEqual(echo, [
      'node_systemd_socket_accepted_connections_total{name="echo.socket"} 8',
      'node_systemd_socket_refused_connections_total{name="echo.socket"} 4',
    ]);
    assert.equal(ofFamily(series, "node_systemd_service_restart_total").length, 0);
  });

  test("reports restarts, tasks and start times where they are asked for, and no limit where there is none", async () => {
    const bus = await startBus();
    const series = await scrape(bus, {
      "collector.systemd.enable-restarts-metrics": true,
      "collector.systemd.enable-task-metrics": true,
      "collector.systemd.enable-start-time-metrics": true,
    });
    assert.ok(series.includes('node_systemd_service_restart_total{name="again.service"} 3'));
    assert.ok(series.includes('node_systemd_unit_tasks_max{name="nap.service"} 17'));
    assert.equal(ofFamily(series, "node_systemd_unit_tasks_current").length, 0);
    assert.ok(series.includes('node_systemd_unit_start_time_seconds{name="broken.service"} 0'));
    assert.match(series.join("\n"), /start_time_seconds\{name="nap\.service"\} 1\d{9}\.\d+/);
    assert.ok(bus.mostAtOnce > 8 && bus.mostAtOnce <= 64, `${bus.mostAtOnce} calls at once`);
  });

  for (const [include, exclude, want] of [
    ["nap\\.service|once\\..*", "", ["nap.service", "once.service"]],
    ["nap", "", []],
    ["", "", []],
    ["(?i)NAP.*", "", ["nap.service"]],
    [
      ".+\\.(service|slice)",
      "(echo|on|d|b).+",
      ["-.slice", "again.service", "nap.service", "system-echo.slice", "system.slice"],
    ],
  ] as const) {
    test(`reports the units that "${include}" without "${exclude}" describes from end to end`, async () => {
      const given = { "collector.systemd.unit-include": include, "collector.systemd.unit-exclude": exclude };
      const states = ofFamily(await scrape(await startBus(), given), "node_systemd_unit_state");
      const names = new Set(states.map((line) => /name="([^"]*)"/.exec(line)?.[1]));
      assert.deepEqual([...names], want);
    });
  }

  test("asks systemd itself where that is wanted, without a greeting to a bus", async () => {
    const bus = await startBus();
    const settings = settingsOf(systemdSettings, { "collector.systemd.private": true });
    const collector = systemd(settings, { bus: `${folder}/missing`, manager: bus.path });
    const series = await seriesOf(collector, fixtureSource());
    assert.deepEqual(series, await scrape(await startBus()));
    assert.ok(!bus.calls.some((call) => call.endsWith(" Hello")));
  });

  test("leaves out what an old systemd does not know", async () => {
    const knowsNot = /SystemState|NRefused| Version| Virtualization/;
    const bus = await startBus({ answer: (call) => (knowsNot.test(call) ? UNKNOWN_PROPERTY : undefined) });
    const series = await scrape(bus);
    assert.ok(series.includes('node_systemd_version{version=""} 0'));
    assert.ok(series.includes('node_systemd_virtualization_info{virtualization_type="unknown"} 1'));
    assert.ok(!series.some((line) => /refused|system_running|last_trigger/.test(line)));
  });

  test("ends its connection", async () => {
    const bus = await startBus();
    await scrape(bus);
    await scrape(bus);
    while (bus.connections > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  for (const [name, options, want] of [
    ["refuses this user", { greeting: "REJECTED EXTERNAL\r\n" }, /does not admit this user/],
    ["is no bus", { greeting: "x".repeat(20_000) }, /this is not D-Bus/],
    [
      "says nonsense for a message",
      { answer: () => Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") },
      /byte order "H"/,
    ],
    ["sends a message without end", { answer: (_: string, m: Buffer) => huge(m) }, /214748\d+ bytes: more than/],
    [
      "sends a list of units that is cut off",
      { answer: (call: string, m: Buffer) => (isList(call) ? cut(m) : undefined) },
      /cut off/,
    ],
    [
      "sends something else for the list of units",
      { answer: (call: string) => (isList(call) ? VERSION : undefined) },
      /Cannot read systemd's list of units/,
    ],
    [
      "fails to list units",
      { answer: (call: string) => (isList(call) ? UNKNOWN_PROPERTY : undefined) },
      /UnknownProperty/,
    ],
  ] as const satisfies readonly (readonly [string, FakeBusOptions, RegExp])[]) {
    test(`fails where the other side ${name}`, async () => {
      await assert.rejects(scrape(await startBus(options)), want);
    });
  }

  for (const [name, options] of [
    ["never lets it in", { greeting: "" }],
    ["never answers", { answer: () => null }],
    ["answers all but one call", { answer: (call: string) => (call.includes("nap_2eservice") ? null : undefined) }],
  ] as const satisfies readonly (readonly [string, FakeBusOptions])[]) {
    test(`gives up on one that ${name} when the time is up`, async () => {
      const bus = await startBus(options);
      await assert.rejects(scrape(bus, {}, AbortSignal.timeout(100)), /no answer in time/);
    });
  }

  test("gives up at once when the time is up already", async () => {
    await assert.rejects(scrape(await startBus(), {}, AbortSignal.abort()), /no answer in time/);
  });

  test("says which socket is missing", async () => {
    const collector = systemd(settingsOf(systemdSettings), { bus: `${folder}/no-bus`, manager: `${folder}/missing` });
    await assert.rejects(seriesOf(collector, fixtureSource()), /Cannot ask .*\/no-bus: ENOENT/);
  });

  for (const [text, want] of [
    ["252.39-1~deb12u2", [252.39, "252.39-1~deb12u2"]],
    ["systemd 257", [257, "systemd 257"]],
    ["44", [0, ""]],
    ["", [0, ""]],
  ] as const) {
    test(`parseVersion() of "${text}" is ${want[0]}`, () => assert.deepEqual(parseVersion(text), want));
  }
});

describe("DBusConnection", () => {
  const get = { destination: "org.freedesktop.systemd1", path: MANAGER, interface: "org.freedesktop.DBus.Properties" };
  const version = { ...get, member: "Get", arguments: ["org.freedesktop.systemd1.Manager", "Version"] };
  const connect = ({ path }: FakeBus) => {
    return DBusConnection.open(path, { isBus: true, signal: AbortSignal.timeout(20_000) });
  };

  test("answers calls of which few are under way at once, and tells an error by its name", async () => {
    const bus = await startBus();
    const connection = await connect(bus);
    const versions = await Promise.all(Array.from({ length: 1000 }, () => connection.call(version)));
    assert.deepEqual(new Set(versions.flat()), new Set(["252.39-1~deb12u2"]));
    assert.ok(bus.mostAtOnce > 1 && bus.mostAtOnce <= 64, `${bus.mostAtOnce} calls at once`);
    const unknown = connection.call({ ...version, arguments: ["org.freedesktop.systemd1.Manager", "Nothing"] });
    await assert.rejects(unknown, (error) => {
      return error instanceof DBusError && error.errorName === "org.freedesktop.DBus.Error.UnknownProperty";
    });
    connection.close();
    await assert.rejects(connection.call(version), /closed/);
  });

  test("rejects what still waits when it ends", async () => {
    const connection = await connect(
      await startBus({ answer: (call) => (call.endsWith("Version") ? null : undefined) }),
    );
    const calls = [connection.call(version), connection.call(version)];
    connection.close();
    for (const call of calls) await assert.rejects(call, /closed/);
  });
});

describe("decodeMessage()", () => {
  const call = { destination: "d.d", path: "/", interface: "i.i", member: "M", arguments: ["grüße", ""] };

  test("reads what encodeCall() writes", () => {
    const bytes = encodeCall(call, 7);
    assert.equal(messageLength(bytes, 1000), bytes.length);
    assert.deepEqual(decodeMessage(bytes).body, call.arguments);
  });

  test("reads every type, in either byte order", () => {
    for (const little of [true, false]) {
      const signature = "ybnqiuxtdsoga{sv}(u(s))av";
      const { bytes, view } = messageWith(signature, 200, little);
      let at = bytes.length - 200;
      const put = (size: number, write: (offset: number) => void) => {
        at = Math.ceil(at / size) * size;
        write(at);
        at += size;
      };
      const text = (value: string) => {
        put(4, (o) => view.setUint32(o, value.length, little));
        bytes.set(Buffer.from(`${value}\0`), at);
        at += value.length + 1;
      };
      put(1, (o) => view.setUint8(o, 255));
      put(4, (o) => view.setUint32(o, 1, little));
      put(2, (o) => view.setInt16(o, -2, little));
      put(2, (o) => view.setUint16(o, 65535, little));
      put(4, (o) => view.setInt32(o, -4, little));
      put(4, (o) => view.setUint32(o, 4294967295, little));
      put(8, (o) => view.setBigInt64(o, -8n, little));
      put(8, (o) => view.setBigUint64(o, 2n ** 64n - 1n, little));
      put(8, (o) => view.setFloat64(o, 1.5, little));
      text("s");
      text("/o");
      bytes.set([1, "g".charCodeAt(0), 0], at);
      at += 3;
      put(4, (o) => view.setUint32(o, 0, little)); // an empty array, whose elements would be aligned to 8
      at = Math.ceil(at / 8) * 8;
      put(4, (o) => view.setUint32(o, 9, little));
      at = Math.ceil(at / 8) * 8;
      text("in");
      put(4, (o) => view.setUint32(o, 4, little));
      bytes.set([1, "y".charCodeAt(0), 0, 42], at);
      assert.deepEqual(decodeMessage(bytes).body, [
        ...[255, true, -2, 65535, -4, 4294967295, -8n, 2n ** 64n - 1n, 1.5, "s", "/o", "g", [], [9, ["in"]], [42]],
      ]);
    }
  });

  for (const [name, signature, size] of [
    ["a number beyond its end", "t", 4],
    ["a text beyond its end", "s", 4],
    ["an unknown type", "z", 8],
    ["a struct without end", "(u", 8],
    ["an array of nothing", "a()", 8],
  ] as const) {
    test(`refuses ${name}`, () => {
      const { bytes } = messageWith(signature, size, true);
      bytes[bytes.length - size] = 3;
      assert.throws(() => decodeMessage(bytes), SyntaxError);
    });
  }

  test("refuses what is nested too deeply", () => {
    const { bytes } = messageWith("v", 1000, true);
    const start = bytes.length - 1000;
    for (let at = start; at + 3 <= bytes.length; at += 3) bytes.set([1, "v".charCodeAt(0), 0], at);
    assert.throws(() => decodeMessage(bytes), /nested too deeply/);
  });

  test("survives any change of a byte", () => {
    const whole = encodeCall(call, 7);
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 1, 127, 255]) {
        const bytes = Uint8Array.from(whole);
        bytes[at] = value;
        try {
          decodeMessage(bytes);
        } catch (error) {
          assert.ok(error instanceof SyntaxError, `${error}`);
        }
      }
    }
  });
});

/** A message with this signature and an empty body of so many bytes. */
function messageWith(signature: string, size: number, little: boolean) {
  const fields = 4 + 1 + signature.length + 1;
  const header = Math.ceil((16 + fields) / 8) * 8;
  const bytes = new Uint8Array(header + size);
  const view = new DataView(bytes.buffer);
  bytes.set([(little ? "l" : "B").charCodeAt(0), 2, 0, 1]);
  view.setUint32(4, size, little);
  view.setUint32(8, 1, little);
  view.setUint32(12, fields, little);
  bytes.set([8, 1, "g".charCodeAt(0), 0, signature.length, ...Buffer.from(signature), 0], 16);
  return { bytes, view };
}

/** An answer that says it is almost as long as a message may not be. */
function huge(recorded: Buffer): Buffer {
  recorded.writeUInt32LE(2 ** 31 - 1000, 4);
  return recorded;
}

/** An answer whose array says that it is longer than the message. */
function cut(recorded: Buffer): Buffer {
  const body = recorded.length - recorded.readUInt32LE(4);
  recorded.writeUInt32LE(recorded.readUInt32LE(4) + 1000, body);
  return recorded;
}
