import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { drbd, drbdSamples } from "../../../../../src/exporter/collectors/host/drbd.ts";
import { nvmesubsystem } from "../../../../../src/exporter/collectors/host/nvmesubsystem.ts";
import { unprivileged } from "../../../../unprivileged.ts";
import { seriesOf } from "./fixture-source.ts";
import { hostTrees, under } from "./host-tree.ts";

const host = hostTrees();

describe("drbd()", () => {
  const series = (text: string) =>
    drbdSamples(text).map(({ metric, labels, value }) => `${metric.name}${labels} ${value}`);

  test("has no data where there is no DRBD", () => assert.rejects(seriesOf(drbd(), host({ files: {} })), NoData));

  test("tells devices apart", () => {
    const text = "version: 8.4 (api:1/proto:86-101)\n 0: cs:Connected C r---\n ns:2 nr:3\n 12: cs:StandAlone\n ns:0\n";
    assert.deepEqual(series(text), [
      'node_drbd_connected{device="drbd0"} 1',
      'node_drbd_network_sent_bytes_total{device="drbd0"} 2048',
      'node_drbd_network_received_bytes_total{device="drbd0"} 3',
      'node_drbd_connected{device="drbd12"} 0',
      'node_drbd_network_sent_bytes_total{device="drbd12"} 0',
    ]);
  });

  test("tells both sides apart", () => {
    assert.deepEqual(series("1: ro:Secondary/Primary ds:UpToDate/DUnknown"), [
      'node_drbd_node_role_is_primary{device="drbd1",node="local"} 0',
      'node_drbd_node_role_is_primary{device="drbd1",node="remote"} 1',
      'node_drbd_disk_state_is_up_to_date{device="drbd1",node="local"} 1',
      'node_drbd_disk_state_is_up_to_date{device="drbd1",node="remote"} 0',
    ]);
  });

  test("skips words that it does not know, those of objects among them", () => {
    assert.deepEqual(series("1: toString:5 constructor:6 __proto__:7 wo:d a:b:c x"), []);
  });

  for (const text of ["1: ns:x", "1: ns:", "1: ro:Primary"]) {
    test(`rejects "${text}"`, () => assert.throws(() => series(text), /^SyntaxError: Cannot parse drbd: found/));
  }
});

describe("nvmesubsystem()", () => {
  const folder = "sys/class/nvme-subsystem/nvme-subsys0";
  const FILES = {
    ...{ subsysnqn: "nqn.a\n", model: "M 1   \n", serial: "S\n", iopolicy: "numa\n", "nvme0n1/size": "1\n" },
    ...{ "nvme0c0n1/size": "1\n", "nvme0/state": "live\n", "nvme0/transport": "tcp\n", "nvme0/address": "a\n" },
  };
  const scrape = (files: Record<string, string>) => seriesOf(nvmesubsystem(), host({ files: under(folder, files) }));

  test("has no data where there are none", () =>
    assert.rejects(seriesOf(nvmesubsystem(), host({ files: {} })), NoData));

  test("reports a subsystem, its namespaces and its paths", async () => {
    const series = await scrape(FILES);
    assert.deepEqual(
      series.filter((line) => !line.endsWith(" 0")),
      [
        'node_nvmesubsystem_info{iopolicy="numa",model="M 1",nqn="nqn.a",serial="S",subsystem="nvme-subsys0"} 1',
        'node_nvmesubsystem_namespace_info{device="nvme0n1",subsystem="nvme-subsys0"} 1',
        'node_nvmesubsystem_path_state{controller="nvme0",state="live",subsystem="nvme-subsys0",transport="tcp"} 1',
        'node_nvmesubsystem_paths{subsystem="nvme-subsys0"} 1',
        'node_nvmesubsystem_paths_live{subsystem="nvme-subsys0"} 1',
      ],
    );
    assert.equal(series.filter((line) => line.includes("path_state")).length, 7);
  });

  for (const [state, want] of [
    ["connecting", "connecting"],
    ["deleting (no IO)", "deleting"],
    ["unknown", "unknown"],
    ["toString", "unknown"],
    ["", "unknown"],
  ] as const) {
    test(`takes a controller that is "${state}" for ${want}`, async () => {
      const series = await scrape({ ...FILES, "nvme0/state": `${state}\n` });
      const current = series.find((line) => line.includes("path_state") && line.endsWith(" 1"));
      assert.equal(/state="(\w+)"/.exec(current ?? "")?.[1], want);
      assert.ok(series.includes('node_nvmesubsystem_paths_live{subsystem="nvme-subsys0"} 0'));
    });
  }

  test("skips what is no subsystem", async () => {
    assert.deepEqual(await seriesOf(nvmesubsystem(), host({ files: { "sys/class/nvme-subsystem/other/x": "" } })), []);
  });

  for (const file of ["iopolicy", "nvme0/transport", "nvme0/address"]) {
    test(`has no data where a kernel has no ${file}`, () => {
      const files = Object.entries(FILES).filter(([name]) => name !== file);
      return assert.rejects(scrape(Object.fromEntries(files)), NoData);
    });
  }

  test("has no data for those who may not read it", () => {
    const source = host({ files: under(folder, FILES) });
    chmodSync(`${source.paths.sysfs}/class/nvme-subsystem/nvme-subsys0/serial`, 0);
    return assert.rejects(
      unprivileged(() => seriesOf(nvmesubsystem(), source)),
      NoData,
    );
  });
});
