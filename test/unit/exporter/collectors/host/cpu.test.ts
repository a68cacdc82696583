import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cpu, cpuSettings } from "../../../../../src/exporter/collectors/host/cpu.ts";
import { parseCpuInfo } from "../../../../../src/exporter/collectors/host/cpu-info.ts";
import { cpuSecondsReader, withoutStepsBack } from "../../../../../src/exporter/collectors/host/cpu-seconds.ts";
import { parseCpuRange } from "../../../../../src/exporter/collectors/host/cpu-topology.ts";
import { parseCpuSeconds, statLine } from "../../../../../src/exporter/collectors/host/proc-stat.ts";
import { fixtureSource, seriesOf, settingsOf } from "./fixture-source.ts";

describe("parseCpuSeconds()", () => {
  for (const [name, text, want] of [
    ["reads ticks of each CPU as seconds", "cpu 9 9\ncpu0 100 250 3 4 5 6 7 8 9 10\n", { 0: [1, 2.5, 0.03, 0.04] }],
    [
      "keeps the numbers of CPUs around one that is offline",
      "cpu 1\ncpu0 100\ncpu12 200\nintr 1\n",
      { 0: [1], 12: [2] },
    ],
    ["takes columns that an old kernel lacks for 0", "cpu0 100 0 0 300\n", { 0: [1, 0, 0, 3, 0, 0] }],
    ["ignores columns that it does not know", "cpu0 1 2 3 4 5 6 7 8 9 10 11 12\n", { 0: [0.01] }],
    ["skips a line without columns", "cpu0\ncpu1 100\n", { 1: [1] }],
    ["finds none in an empty file", "", {}],
    ["finds none in a file of other lines", "intr 5\nctxt 6\n", {}],
  ] as const) {
    test(name, () => {
      const cpus = parseCpuSeconds(text);
      assert.deepEqual([...cpus.keys()], Object.keys(want));
      for (const [number, seconds] of Object.entries(want)) {
        assert.deepEqual(cpus.get(number)?.slice(0, seconds.length), seconds);
      }
    });
  }
  for (const text of ["cpu0 1 x 3\n", "cpux 1 2\n", "cpu0 1 -2\n", "cpu0 1.5\n"]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => parseCpuSeconds(text), SyntaxError));
  }
});

describe("statLine()", () => {
  for (const [name, text, key, want] of [
    ["reads the first line", "btime 5 6\n", "btime", [5, 6]],
    ["reads a later line, up to the limit", "a 1\nintr 9 8 7 6\n", "intr", [9, 8, 7]],
    ["reads a last line without line feed", "a 1\nctxt 3", "ctxt", [3]],
    ["does not take a longer key for its own", "procs_running 1\n", "procs", undefined],
    ["is undefined for a missing line", "", "ctxt", undefined],
  ] as const) {
    test(name, () => assert.deepEqual(statLine(text, key, 3), want));
  }

  test("rejects what is no number", () => assert.throws(() => statLine("intr abc\n", "intr", 1), SyntaxError));
});

describe("withoutStepsBack()", () => {
  // user, nice, system, idle, iowait
  for (const [name, previous, next, want] of [
    ["takes what grows", [1, 1, 1, 10, 5], [2, 1, 1, 11, 6], [2, 1, 1, 11, 6]],
    ["keeps idle and iowait that step back a little", [1, 1, 1, 10, 5], [2, 1, 1, 8, 4], [2, 1, 1, 10, 5]],
    ["restarts when idle falls by three seconds", [9, 9, 9, 10, 5], [1, 0, 0, 7, 0], [1, 0, 0, 7, 0]],
    ["takes the first values as they are", [], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]],
  ] as const) {
    test(name, () => assert.deepEqual(withoutStepsBack(previous, next), want));
  }
});

describe("cpuSecondsReader()", () => {
  const seconds = (idle: number) => [1, 0, 1, idle, 0, 0, 0, 0, 0, 0];
  const idleOf = (samples: ReturnType<ReturnType<typeof cpuSecondsReader>>) =>
    samples.filter(({ labels }) => labels.includes('"idle"')).map(({ labels, value }) => [labels, value]);

  test("forgets a CPU that went offline, so that it may return with less", () => {
    const read = cpuSecondsReader({ withGuest: false });
    read(
      new Map([
        ["0", seconds(10)],
        ["1", seconds(2)],
      ]),
    );
    assert.deepEqual(idleOf(read(new Map([["0", seconds(11)]]))), [['{cpu="0",mode="idle"}', 11]]);
    assert.deepEqual(idleOf(read(new Map([["1", seconds(1)]]))), [['{cpu="1",mode="idle"}', 1]]);
  });

  test("keeps no memory between two readers", () => {
    cpuSecondsReader({ withGuest: false })(new Map([["0", seconds(10)]]));
    assert.equal(idleOf(cpuSecondsReader({ withGuest: false })(new Map([["0", seconds(9)]])))[0]?.[1], 9);
  });

  test("adds the two modes of guests on demand", () => {
    const read = (withGuest: boolean) => cpuSecondsReader({ withGuest })(new Map([["0", seconds(1)]])).length;
    assert.deepEqual([read(false), read(true)], [8, 10]);
  });
});

describe("parseCpuRange()", () => {
  for (const [text, want] of [
    ["\n", []],
    ["3\n", [3]],
    ["0-2,5\n", [0, 1, 2, 5]],
  ] as const) {
    test(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseCpuRange(text), want));
  }
  for (const text of ["a", "1-", "1-2-3"]) {
    test(`rejects "${text}"`, () => assert.throws(() => parseCpuRange(text), SyntaxError));
  }
});

describe("parseCpuInfo()", () => {
  test("reads fields of each processor and keeps blanks that belong to a value", () => {
    const cpus = parseCpuInfo(
      "processor\t: 0\nmodel name\t: A  B \nflags\t\t: a b\n\nprocessor\t: 1\npower management:\n",
    );
    assert.deepEqual(
      cpus.map((fields) => Object.fromEntries(fields)),
      [{ processor: "0", "model name": "A  B ", flags: "a b" }, { processor: "1" }],
    );
  });
  for (const text of ["", "garbage\n", "processor\t: x\n"]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => parseCpuInfo(text), SyntaxError));
  }
});

describe("cpu()", () => {
  const seriesFor = (given: Record<string, unknown>) => seriesOf(cpu(settingsOf(cpuSettings, given)), fixtureSource());

  test("leaves out guests, information and frequency unless asked", async () => {
    const series = await seriesFor({ "collector.cpu.guest": false });
    assert.ok(!series.some((line) => /guest|_info|hertz/.test(line)));
  });

  test("turns information on for a filter of flags, without frequency where cpufreq is off", async () => {
    const settings = settingsOf(cpuSettings, { "collector.cpu.info.flags-include": "^fpu$" });
    const series = await seriesOf(cpu({ ...settings, "collector.cpufreq": false }), fixtureSource());
    assert.ok(series.includes('node_cpu_flag_info{flag="fpu"} 1'));
    assert.ok(series.some((line) => line.startsWith("node_cpu_info{")));
    assert.ok(!series.some((line) => line.includes("hertz")));
  });

  test("reports throttling once a core and once a package", async () => {
    const series = (await seriesFor({})).filter((line) => line.includes("throttles"));
    assert.deepEqual(series, [
      'node_cpu_core_throttles_total{core="0",package="0"} 10',
      'node_cpu_package_throttles_total{package="0"} 20',
      'node_cpu_core_throttles_total{core="1",package="0"} 13',
    ]);
  });

  test("fails without stat", () => {
    const source = fixtureSource({ paths: { procfs: "/nonexistent" } });
    assert.throws(() => cpu(settingsOf(cpuSettings)).collect(source), /Cannot read \/nonexistent\/stat: ENOENT/);
  });
});
