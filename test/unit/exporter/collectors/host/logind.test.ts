import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { decodeMessage } from "../../../../../src/exporter/collectors/host/dbus/reader.ts";
import { logind } from "../../../../../src/exporter/collectors/host/logind.ts";
import { dbusReply } from "./dbus-reply.ts";
import { FakeBus } from "./fake-bus.ts";
import { fixtureSource, seriesOf } from "./fixture-source.ts";

const folder = mkdtempSync(`${tmpdir()}/tsmon-logind-`);
const buses: FakeBus[] = [];
after(() => {
  for (const bus of buses) bus.stop();
  rmSync(folder, { recursive: true, force: true });
});

const MANAGER = "/org/freedesktop/login1";
const SESSION = `${MANAGER}/session/_3`;

/** Signature and values of answers by call. */
type Answers = Readonly<Record<string, Parameters<typeof dbusReply> extends [number, ...infer Rest] ? Rest : never>>;

const LISTS: Answers = {
  [`${MANAGER} ListSeats`]: ["a(so)", [["seat0", `${MANAGER}/seat/seat0`]]],
  [`${MANAGER} ListSessions`]: [
    "a(susso)",
    [
      ["1", 1000, "ann", "seat0", `${SESSION}1`],
      ["2", 1000, "ann", "", `${SESSION}2`],
      ["3", 1001, "bob", "", `${SESSION}3`],
      ["4", 1001, "bob", "", `${SESSION}4`],
    ],
  ],
};

/** Answers for a session; the fourth has ended. */
function session(id: number, Remote: boolean, Type: string, Class: string): Answers {
  const get = (name: string) => `${SESSION}${id} Get org.freedesktop.login1.Session ${name}`;
  return { [get("Remote")]: ["v", Remote], [get("Type")]: ["v", Type], [get("Class")]: ["v", Class] };
}

const SESSIONS: Answers = {
  ...LISTS,
  ...session(1, false, "wayland", "user"),
  ...session(2, true, "tty", "user"),
  ...session(3, true, "newer", "manager"),
};

async function scrape(answers: Answers): Promise<{ series: Promise<string[]>; bus: FakeBus }> {
  const answer = (call: string, recorded: Uint8Array) => {
    const known = answers[call];
    return known && dbusReply(decodeMessage(recorded).replySerial!, ...known);
  };
  const bus = await new FakeBus(`${folder}/${buses.length}`, { answer }).start();
  buses.push(bus);
  const source = fixtureSource({ signal: AbortSignal.timeout(20_000) });
  return { series: seriesOf(logind(bus.path), source), bus };
}

describe("logind()", () => {
  test("counts sessions of every kind, on each seat and without one", async () => {
    const series = await (await scrape(SESSIONS)).series;
    assert.equal(series.length, 2 * 7 * 5 * 2);
    assert.deepEqual(series.filter((line) => !line.endsWith(" 0")).sort(), [
      'node_logind_sessions{class="other",remote="true",seat="",type="other"} 1',
      'node_logind_sessions{class="user",remote="false",seat="seat0",type="wayland"} 1',
      'node_logind_sessions{class="user",remote="true",seat="",type="tty"} 1',
    ]);
  });

  test("counts none where nobody is", async () => {
    const nobody: Answers = {
      [`${MANAGER} ListSeats`]: ["a(so)", []],
      [`${MANAGER} ListSessions`]: ["a(susso)", []],
    };
    const series = await (await scrape(nobody)).series;
    assert.equal(series.length, 2 * 7 * 5);
    assert.ok(series.every((line) => line.endsWith(" 0")));
  });

  test("ends its connection", async () => {
    const { series, bus } = await scrape(SESSIONS);
    await series;
    const deadline = Date.now() + 5000;
    while (bus.connections > 0 && Date.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(bus.connections, 0);
  });

  for (const [name, answers, want] of [
    ["an error for a list", {}, /UnknownProperty|Nothing/],
    ["a list that is none", { ...LISTS, [`${MANAGER} ListSeats`]: ["s", "seat0"] }, /ListSeats: it is no list/],
    ["a seat without a name", { ...LISTS, [`${MANAGER} ListSeats`]: ["a(uo)", [[1, MANAGER]]] }, /has no text where/],
  ] as const satisfies readonly (readonly [string, Answers, RegExp])[]) {
    test(`fails at ${name}`, async () => assert.rejects((await scrape(answers)).series, want));
  }

  test("says what to do where there is no bus", async () => {
    const source = fixtureSource({ signal: AbortSignal.timeout(20_000) });
    await assert.rejects(seriesOf(logind(`${folder}/missing`), source), /ENOENT \(is systemd's message bus running\?/);
  });
});
