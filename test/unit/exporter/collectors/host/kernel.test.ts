import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { entropy } from "../../../../../src/exporter/collectors/host/entropy.ts";
import { filefd, parseFileNr } from "../../../../../src/exporter/collectors/host/filefd.ts";
import { parsePressure, pressure } from "../../../../../src/exporter/collectors/host/pressure.ts";
import { parseProcessStat, processes } from "../../../../../src/exporter/collectors/host/processes.ts";
import { parseSchedstat, schedstat } from "../../../../../src/exporter/collectors/host/schedstat.ts";
import { configMode, selinux } from "../../../../../src/exporter/collectors/host/selinux.ts";
import { timex, timexSamples } from "../../../../../src/exporter/collectors/host/timex.ts";
import { vmstat, vmstatSettings } from "../../../../../src/exporter/collectors/host/vmstat.ts";
import { CLOCK, failureOf, fixtureSource, seriesOf, settingsOf, systemError } from "./fixture-source.ts";

const folder = mkdtempSync(`${tmpdir()}/tsmon-kernel-`);
after(() => rmSync(folder, { recursive: true, force: true }));
let hosts = 0;

/** A new procfs that holds these files, by path. */
function procfsWith(files: Readonly<Record<string, string>>): string {
  const procfs = `${folder}/${hosts++}`;
  mkdirSync(procfs);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(`${procfs}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    writeFileSync(`${procfs}/${path}`, text);
  }
  return procfs;
}

/** A source whose procfs holds these files only. */
const sourceWith = (files: Readonly<Record<string, string>>) => fixtureSource({ paths: { procfs: procfsWith(files) } });

describe("entropy()", () => {
  test("reports what is available and the size of the pool, in bits", async () => {
    assert.deepEqual(await seriesOf(entropy(), fixtureSource()), [
      "node_entropy_available_bits 256",
      "node_entropy_pool_size_bits 256",
    ]);
  });

  for (const [name, files, want] of [
    ["fails without its files", {}, /entropy_avail: ENOENT/],
    ["fails where one is missing", { "sys/kernel/random/entropy_avail": "256\n" }, /poolsize: ENOENT/],
    ["rejects an empty file", { "sys/kernel/random/entropy_avail": "" }, /Cannot parse entropy_avail: found ""/],
    ["rejects a negative number", { "sys/kernel/random/entropy_avail": "-1\n" }, SyntaxError],
  ] as const) {
    test(name, () => assert.throws(() => entropy().collect(sourceWith(files)), want));
  }
});

describe("filefd()", () => {
  test("reports handles in use and their limit", async () => {
    const source = sourceWith({ "sys/fs/file-nr": "1024\t0\t9223372036854775807\n" });
    assert.deepEqual(await seriesOf(filefd(), source), [
      "node_filefd_allocated 1024",
      "node_filefd_maximum 9223372036854776000",
    ]);
  });

  test("fails without its file", () => assert.throws(() => filefd().collect(sourceWith({})), /file-nr: ENOENT/));

  for (const text of ["", "1024\t0\n", "1024 0 1631329\n", "a\t0\t1\n", "1\t0\t-1\n"]) {
    test(`parseFileNr() rejects ${JSON.stringify(text)}`, () => assert.throws(() => parseFileNr(text), SyntaxError));
  }
});

describe("pressure()", () => {
  const TEXT = "some avg10=1.00 avg60=0.50 avg300=0.10 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";

  test("reports seconds, and of each resource the lines that mean something", async () => {
    const files = { "pressure/cpu": TEXT, "pressure/io": TEXT, "pressure/memory": TEXT, "pressure/irq": TEXT };
    assert.deepEqual(await seriesOf(pressure(), sourceWith(files)), [
      "node_pressure_cpu_waiting_seconds_total 1.5",
      "node_pressure_io_waiting_seconds_total 1.5",
      "node_pressure_io_stalled_seconds_total 0.000007",
      "node_pressure_memory_waiting_seconds_total 1.5",
      "node_pressure_memory_stalled_seconds_total 0.000007",
      "node_pressure_irq_stalled_seconds_total 0.000007",
    ]);
  });

  test("passes over what the kernel does not know", async () => {
    const series = await seriesOf(pressure(), sourceWith({ "pressure/cpu": TEXT }));
    assert.deepEqual(series, ["node_pressure_cpu_waiting_seconds_total 1.5"]);
  });

  test("has no data where there is no pressure information", () => {
    assert.throws(() => pressure().collect(sourceWith({})), NoData);
  });

  test("keeps what came before a resource that lacks its line, and has no data", () => {
    const files = { "pressure/cpu": TEXT, "pressure/io": "full avg10=0 avg60=0 avg300=0 total=1\n" };
    assert.throws(
      () => pressure().collect(sourceWith(files)),
      (error) =>
        error instanceof NoData && error.samples.length === 1 && /no "some" pressure of io/.test(error.message),
    );
  });

  test("keeps what came before a resource that cannot be read", async () => {
    const { name, series } = await failureOf(
      pressure(),
      sourceWith({ "pressure/cpu": TEXT, "pressure/io": "some x\n" }),
    );
    assert.deepEqual([name, ...series], ["Interrupted", "node_pressure_cpu_waiting_seconds_total 1.5"]);
  });

  for (const [name, text, want] of [
    ["reads a last line without line feed", "some avg10=0 avg60=0 avg300=0 total=5", 5],
    ["passes over lines that it does not know", "new total=1\nsome avg10=0 total=6\n", 6],
    ["finds nothing in an empty file", "", undefined],
    ["finds nothing in a line that only begins like it", "someone total=1\n", undefined],
  ] as const) {
    test(`parsePressure() ${name}`, () => assert.equal(parsePressure(text, "some"), want));
  }

  for (const text of ["some avg10=0.00", "some avg10=0.00 avg60=0 total=", "some total=-1\n", "some total=x\n"]) {
    test(`parsePressure() rejects ${JSON.stringify(text)}`, () => {
      assert.throws(() => parsePressure(text, "some"), SyntaxError);
    });
  }
});

describe("schedstat()", () => {
  test("reports seconds and timeslices of each CPU", async () => {
    const source = sourceWith({ schedstat: "version 15\ncpu11 1 2 3 4 5 6 1500000000 250000000 42\ndomain0 3 1 2\n" });
    assert.deepEqual(await seriesOf(schedstat(), source), [
      'node_schedstat_running_seconds_total{cpu="11"} 1.5',
      'node_schedstat_waiting_seconds_total{cpu="11"} 0.25',
      'node_schedstat_timeslices_total{cpu="11"} 42',
    ]);
  });

  test("has no data where the kernel keeps none", () => {
    assert.throws(() => schedstat().collect(sourceWith({})), NoData);
  });

  for (const [name, text, want] of [
    ["finds nothing in an empty file", "", []],
    ["passes over a line that is cut off", "cpu0 0 0 0 0 0 0 1 2\ncpu1 0 0 0 0 0 0 1 2 3\n", ["1"]],
    ["passes over a line with something else", "cpu0 0 0 0 0 0 0 x 2 3\n", []],
    ["reads columns of kernels to come", "cpu0 0 0 0 0 0 0 1 2 3 4 5\n", ["0"]],
  ] as const) {
    test(`parseSchedstat() ${name}`, () => {
      assert.deepEqual(
        parseSchedstat(text).map(({ cpu }) => cpu),
        want,
      );
    });
  }
});

describe("vmstat()", () => {
  const collect = (text: string, fields?: string) => {
    const given = fields === undefined ? {} : { "collector.vmstat.fields": fields };
    return seriesOf(vmstat(settingsOf(vmstatSettings, given)), sourceWith({ vmstat: text }));
  };

  test("reports the fields that most dashboards use, untyped", async () => {
    const text = "nr_free_pages 7\npgpgin 1\npgfault 2\npgmajfault 3\noom_kill 4\npswpin 5\npgrefill 6\n";
    assert.deepEqual(await collect(text), [
      "node_vmstat_pgpgin 1",
      "node_vmstat_pgfault 2",
      "node_vmstat_pgmajfault 3",
      "node_vmstat_oom_kill 4",
      "node_vmstat_pswpin 5",
    ]);
  });

  test("reports the fields that a pattern names, or all", async () => {
    assert.deepEqual(await collect("pgpgin 1\nnr_free_pages 7\n", "^nr_"), ["node_vmstat_nr_free_pages 7"]);
    assert.equal((await collect("pgpgin 1\nnr_free_pages 7\n", "")).length, 2);
  });

  test("finds nothing in an empty file", async () => assert.deepEqual(await collect(""), []));

  test("remembers a bounded number of fields and reports them all", async () => {
    const text = Array.from({ length: 3000 }, (_, i) => `f${i} ${i}\n`).join("");
    assert.equal((await collect(text, "")).length, 3000);
  });

  for (const text of ["pgpgin\n", "pgpgin 1\n\n", "pgpgin x\n", "pgpgin 1 2\n", "pgpgin -1\n"]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.rejects(async () => collect(text, "")));
  }
});

describe("processes()", () => {
  test("counts processes and threads by state", async () => {
    assert.deepEqual(await seriesOf(processes(), fixtureSource()), [
      "node_processes_threads 6",
      "node_processes_max_threads 192731",
      'node_processes_state{state="S"} 3',
      'node_processes_threads_state{thread_state="S"} 6',
      "node_processes_pids 3",
      "node_processes_max_processes 32768",
    ]);
  });

  const LIMITS = { "sys/kernel/threads-max": "9\n", "sys/kernel/pid_max": "8\n" };
  const stat = (state: string, threads: number) =>
    `7 (a) ${state} 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 ${threads} 0\n`;

  test("tells a process's state from its threads', and passes over what has gone", async () => {
    const files = {
      "7/stat": stat("S", 2),
      "7/task/7/stat": "gone",
      "7/task/8/stat": stat("R", 2),
      "9/task/9/stat": "",
    };
    const series = await seriesOf(processes(), sourceWith({ ...LIMITS, ...files }));
    assert.ok(series.includes('node_processes_state{state="S"} 1'));
    assert.ok(series.includes('node_processes_threads_state{thread_state="S"} 1'));
    assert.ok(series.includes('node_processes_threads_state{thread_state="R"} 1'));
    assert.ok(series.includes("node_processes_pids 1"));
  });

  test("reports a procfs without processes", async () => {
    assert.equal((await seriesOf(processes(), sourceWith(LIMITS))).length, 4);
  });

  test("fails without its limits", async () => {
    await assert.rejects(seriesOf(processes(), sourceWith({})), /threads-max: ENOENT/);
  });

  test("gives up when the scrape's time is up", async () => {
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`${i + 1}/stat`, stat("S", 1)]));
    const source = { ...sourceWith({ ...LIMITS, ...files }), signal: AbortSignal.abort(new Error("late")) };
    await assert.rejects(async () => processes().collect(source), /late/);
  });

  test("parseProcessStat() takes a name for a name, whatever it holds", () => {
    assert.deepEqual(parseProcessStat(`1 (a) Z 3 (b) ${stat("D", 12).slice(6)}`), { state: "D", threads: 12 });
  });

  for (const text of ["", "1 a S", "7 (a)", "7 (a) S 1 2 3", stat("S", 1).replace(" 1 0\n", " x 0\n")]) {
    test(`parseProcessStat() rejects ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseProcessStat(text), SyntaxError);
    });
  }
});

describe("selinux()", () => {
  /** A system with SELinux, as its mount options, label and mode say. */
  const system = (options: string, label: string, mode: string) => {
    const procfs = procfsWith({
      "thread-self/attr/current": `${label}\0`,
      "selinux fs/enforce": mode,
      "etc/selinux/config": "# SELINUX=disabled\nSELINUXTYPE=targeted\nSELINUX=permissive\n",
    });
    const mountPoint = `${procfs}/selinux\\040fs`;
    mkdirSync(`${procfs}/self`);
    writeFileSync(`${procfs}/self/mountinfo`, `30 24 0:26 / ${mountPoint} ${options} - selinuxfs selinuxfs rw\n`);
    return fixtureSource({ ownPaths: { procfs, sysfs: "/nonexistent" }, paths: { rootfs: procfs } });
  };

  test("reports the modes where a policy is in force", async () => {
    assert.deepEqual(await seriesOf(selinux(), system("rw,relatime", "system_u:system_r:init_t:s0", "1")), [
      "node_selinux_enabled 1",
      "node_selinux_config_mode 0",
      "node_selinux_current_mode 1",
    ]);
  });

  test("gives -1 for a mode that is not a number", async () => {
    const series = await seriesOf(selinux(), system("rw", "system_u:system_r:init_t:s0", ""));
    assert.ok(series.includes("node_selinux_current_mode -1"));
  });

  for (const [name, source] of [
    ["where selinuxfs is not mounted", fixtureSource()],
    ["where selinuxfs is mounted read-only, as in a container", system("ro,relatime", "container_t", "1")],
    ["where no policy is loaded", system("rw,relatime", "kernel", "0")],
  ] as const) {
    test(`is off ${name}`, async () => assert.deepEqual(await seriesOf(selinux(), source), ["node_selinux_enabled 0"]));
  }

  for (const [text, want] of [
    ["SELINUX=enforcing\n", 1],
    ['  SELINUX="permissive"  \n', 0],
    ["SELINUX=disabled\nSELINUX=enforcing\n", -1],
    ["SELINUX = enforcing\n", -1],
    ["#SELINUX=enforcing\n;SELINUX=enforcing\n", -1],
    ["", -1],
  ] as const) {
    test(`configMode() of ${JSON.stringify(text)} is ${want}`, () => assert.equal(configMode(text), want));
  }
});

describe("timex()", () => {
  const values = (clock: typeof CLOCK) => Object.fromEntries(timexSamples(clock).map((s) => [s.metric.name, s.value]));

  test("reports seconds and ratios", async () => {
    assert.equal((await seriesOf(timex(), fixtureSource())).length, 17);
    const got = values(CLOCK);
    assert.equal(got.node_timex_sync_status, 1);
    assert.equal(got.node_timex_offset_seconds, -0.000041903);
    assert.equal(got.node_timex_frequency_adjustment_ratio, 0.999981);
    assert.equal(got.node_timex_maxerror_seconds, 0.0195);
    assert.equal(got.node_timex_tick_seconds, 0.01);
    assert.equal(got.node_timex_tai_offset_seconds, 37);
  });

  test("takes offset and jitter for microseconds where the clock does", () => {
    const got = values({ ...CLOCK, status: 0x40, offset: -41, jitter: 5, state: 5 });
    assert.equal(got.node_timex_offset_seconds, -0.000041);
    assert.equal(got.node_timex_pps_jitter_seconds, 0.000005);
    assert.equal(got.node_timex_sync_status, 0);
  });

  for (const [code, kind] of [
    ["EPERM", NoData],
    ["EACCES", NoData],
    ["ENOSYS", Error],
  ] as const) {
    test(`takes ${code} for ${kind.name}`, () => {
      const source = fixtureSource({
        adjtimex: () => {
          throw systemError(code);
        },
      });
      assert.throws(
        () => timex().collect(source),
        (error) => (error as Error).constructor === kind,
      );
    });
  }
});
