import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cpufreq, readPolicies } from "../../../../../src/exporter/collectors/host/cpufreq.ts";
import { seriesOf } from "./fixture-source.ts";
import { hostTrees, under } from "./host-tree.ts";

const host = hostTrees();

const CPU = "sys/devices/system/cpu";

/** The only policy of a Raspberry Pi 4, as a user without privileges sees it. */
const POLICY = {
  cpuinfo_min_freq: "600000\n",
  cpuinfo_max_freq: "1800000\n",
  scaling_cur_freq: "1500000\n",
  scaling_min_freq: "600000\n",
  scaling_max_freq: "1800000\n",
  scaling_available_governors: "conservative ondemand \n",
  scaling_governor: "ondemand\n",
};

function pi(changes: Record<string, string>, offline = "\n") {
  const policy = under(`${CPU}/cpufreq/policy0`, { ...POLICY, ...changes });
  const links = { [`${CPU}/cpu0/cpufreq`]: "../cpufreq/policy0", [`${CPU}/cpu1/cpufreq`]: "../cpufreq/policy0" };
  return host({ files: { [`${CPU}/offline`]: offline, ...policy, [`${CPU}/cpuidle/`]: "" }, links });
}

describe("cpufreq()", () => {
  test("reports a policy for each of its CPUs, in hertz", async () => {
    const series = await seriesOf(cpufreq(), pi({ cpuinfo_cur_freq: "1499999\n" }));
    const ofCpu = (cpu: string) => [
      `node_cpu_frequency_hertz{cpu="${cpu}"} 1499999000`,
      `node_cpu_frequency_min_hertz{cpu="${cpu}"} 600000000`,
      `node_cpu_frequency_max_hertz{cpu="${cpu}"} 1800000000`,
      `node_cpu_scaling_frequency_hertz{cpu="${cpu}"} 1500000000`,
      `node_cpu_scaling_frequency_min_hertz{cpu="${cpu}"} 600000000`,
      `node_cpu_scaling_frequency_max_hertz{cpu="${cpu}"} 1800000000`,
      `node_cpu_scaling_governor{cpu="${cpu}",governor="conservative"} 0`,
      `node_cpu_scaling_governor{cpu="${cpu}",governor="ondemand"} 1`,
    ];
    assert.deepEqual(series, [...ofCpu("0"), ...ofCpu("1")]);
  });

  test("leaves out CPUs that are offline", async () => {
    const series = await seriesOf(cpufreq(), pi({}, "1-3\n"));
    assert.ok(series.length > 0 && series.every((line) => line.includes('cpu="0"')));
  });

  test("leaves out a frequency that the driver could not get", async () => {
    const series = await seriesOf(cpufreq(), pi({ cpuinfo_cur_freq: "<unknown>\n", scaling_governor: "" }));
    assert.ok(!series.some((line) => /^node_cpu_(frequency_hertz|scaling_governor)/.test(line)));
    assert.equal(series.length, 10);
  });

  test("rejects a frequency that is no number", async () => {
    await assert.rejects(
      seriesOf(cpufreq(), pi({ scaling_max_freq: "1.8 GHz\n" })),
      /policy0\/scaling_max_freq: found/,
    );
    await assert.rejects(seriesOf(cpufreq(), pi({ scaling_max_freq: "" })), /scaling_max_freq: found ""/);
  });

  test("takes a folder in place of a link, which old kernels have", async () => {
    const files = { [`${CPU}/offline`]: "\n", [`${CPU}/cpu12/cpufreq/cpuinfo_avg_freq`]: "7\n" };
    assert.deepEqual(await seriesOf(cpufreq(), host({ files })), ['node_cpu_frequency_avg_hertz{cpu="12"} 7000']);
  });

  test("reports nothing where the processor sets its own pace", async () => {
    assert.deepEqual(
      await seriesOf(cpufreq(), host({ files: { [`${CPU}/offline`]: "\n", [`${CPU}/cpu0/`]: "" } })),
      [],
    );
  });

  test("fails without the list of CPUs that are offline, or with nonsense in it", async () => {
    await assert.rejects(seriesOf(cpufreq(), host({ files: { [`${CPU}/cpu0/`]: "" } })), /offline: ENOENT/);
    await assert.rejects(seriesOf(cpufreq(), pi({}, "none\n")), SyntaxError);
  });
});

describe("readPolicies()", () => {
  test("finds the same where the first one was slow", async () => {
    const { paths } = pi({});
    const folders = [`${paths.sysfs}/devices/system/cpu/cpufreq/policy0`, "/nonexistent"];
    const slow = await readPolicies([folders[1]!, ...folders], 0);
    assert.deepEqual(slow, await readPolicies([folders[1]!, ...folders], Number.POSITIVE_INFINITY));
    assert.equal(slow.get(folders[0]!)?.governor, "ondemand");
  });

  test("fails on what it cannot read, slow or not", async () => {
    const { paths } = host({ files: { "sys/policy0/scaling_governor/": "" } });
    const folder = `${paths.sysfs}/policy0`;
    await assert.rejects(readPolicies([folder]), { code: "EISDIR" });
    await assert.rejects(readPolicies(["/nonexistent", folder], 0), { code: "EISDIR" });
  });
});
