import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { bonding } from "../../../../../src/exporter/collectors/host/bonding.ts";
import { fibrechannel } from "../../../../../src/exporter/collectors/host/fibrechannel.ts";
import {
  infiniband,
  infinibandSettings,
  parseRate,
  parseState,
} from "../../../../../src/exporter/collectors/host/infiniband.ts";
import { netclass, netclassSettings } from "../../../../../src/exporter/collectors/host/netclass.ts";
import { parseInteger, readableAttribute } from "../../../../../src/exporter/collectors/host/sysfs.ts";
import { FIXTURE_HOST, fixtureSource, seriesOf, settingsOf } from "./fixture-source.ts";
import { treeSource } from "./tree-source.ts";

describe("readableAttribute()", () => {
  const folder = mkdtempSync(`${tmpdir()}/tsmon-attribute-`);
  after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(`${folder}/folder`);

  test("trims", () => {
    assert.equal(readableAttribute(`${FIXTURE_HOST}/sys/class/net/eth0/mtu`), "1400");
  });

  test("finds nothing where there is no file", () => {
    assert.equal(readableAttribute(`${folder}/missing`), undefined);
    assert.equal(readableAttribute(`${FIXTURE_HOST}/proc/interrupts/x`), undefined);
  });

  test("fails where the trouble is not the driver's", () => {
    assert.throws(() => readableAttribute(`${folder}/folder`), /Cannot read .*\/folder: EISDIR/);
  });
});

describe("parseInteger()", () => {
  for (const [text, want] of [
    ["0", 0],
    ["-1", -1],
    ["0x1003", 4099],
    ["0xffffffffffffffff", 2 ** 64],
    ["", undefined],
    ["N/A (no PMA)", undefined],
    ["1 2", undefined],
    ["1.5", undefined],
    [undefined, undefined],
  ] as const) {
    test(`of ${text} is ${want}`, () => assert.equal(parseInteger(text), want));
  }
});

describe("netclass()", () => {
  const netclassOf = (given: Record<string, unknown> = {}) => netclass(settingsOf(netclassSettings, given));
  const folder = "sys/class/net/eth0/";

  test("leaves out devices on demand", async () => {
    const only = netclassOf({ "collector.netclass.ignored-devices": "^(lo|bond|br)" });
    const series = await seriesOf(only, fixtureSource());
    assert.equal(series.length, 19);
    assert.ok(series.every((line) => line.includes('device="eth0"')));
  });

  test("leaves out speeds below zero on demand", async () => {
    const speeds = (series: string[]) => series.filter((line) => line.includes("speed_bytes"));
    assert.deepEqual(speeds(await seriesOf(netclassOf(), fixtureSource())).sort(), [
      'node_network_speed_bytes{device="bond0"} -125000',
      'node_network_speed_bytes{device="eth0"} 125000000',
    ]);
    const valid = netclassOf({ "collector.netclass.ignore-invalid-speed": true });
    assert.equal(speeds(await seriesOf(valid, fixtureSource())).length, 1);
  });

  test("leaves out what a device does not say", async () => {
    const source = treeSource({ [`${folder}operstate`]: "up\n", [`${folder}mtu`]: "many\n", [`${folder}carrier`]: "" });
    const labels = 'address="",adminstate="unknown",broadcast="",device="eth0",duplex="",ifalias="",operstate="up"';
    assert.deepEqual(await seriesOf(netclassOf(), source), [
      'node_network_up{device="eth0"} 1',
      `node_network_info{${labels}} 1`,
    ]);
  });

  test("passes over files, and over devices that are gone", async () => {
    const source = treeSource({ "sys/class/net/bonding_masters": "", "sys/class/net/gone/": "" });
    assert.deepEqual(await seriesOf(netclassOf(), source), []);
  });

  test("has no data without sysfs", () => assert.throws(() => netclassOf().collect(treeSource({})), NoData));
});

describe("bonding()", () => {
  test("counts devices, and those with a link", async () => {
    assert.deepEqual(await seriesOf(bonding(), fixtureSource()), [
      'node_bonding_slaves{master="bond0"} 2',
      'node_bonding_active{master="bond0"} 1',
      'node_bonding_slaves{master="bond1"} 0',
      'node_bonding_active{master="bond1"} 0',
    ]);
  });

  test("has no data without its file, and no series without a bond", async () => {
    assert.throws(() => bonding().collect(treeSource({})), NoData);
    assert.deepEqual(await seriesOf(bonding(), treeSource({ "sys/class/net/bonding_masters": "\n" })), []);
  });

  test("takes nothing for a device that cannot be its name", () => {
    const source = treeSource({ "sys/class/net/bonding_masters": "../../../secret\n" });
    assert.throws(() => bonding().collect(source), /Cannot parse bonding_masters: found "..\/..\/..\/secret"/);
  });

  test("fails where a device's link is not to be had", () => {
    const files = { "sys/class/net/bonding_masters": "b\n", "sys/class/net/b/bonding/slaves": "eth0\n" };
    assert.throws(() => bonding().collect(treeSource(files)), /slave_eth0\/bonding_slave\/mii_status: ENOENT/);
  });
});

describe("infiniband()", () => {
  const infinibandOf = (given: Record<string, unknown> = {}) => infiniband(settingsOf(infinibandSettings, given));

  test("multiplies what is counted per lane, and leaves out what is not counted", async () => {
    const series = await seriesOf(infinibandOf(), fixtureSource());
    const port = 'device="mlx5_0",port="1"';
    assert.ok(series.includes(`node_infiniband_port_data_received_bytes_total{${port}} 19564816`));
    assert.ok(series.includes(`node_infiniband_port_packets_received_total{${port}} 87`));
    assert.ok(series.includes('node_infiniband_legacy_data_received_bytes_total{device="irdma0",port="2"} 32'));
    assert.ok(!series.some((line) => line.includes("port_errors_received")));
  });

  test("gives the life span in whole seconds", async () => {
    const series = await seriesOf(infinibandOf(), fixtureSource());
    assert.ok(series.includes('node_infiniband_lifespan_seconds{device="mlx5_0",port="1"} 0'));
    assert.ok(series.includes('node_infiniband_lifespan_seconds{device="irdma0",port="1"} 12'));
  });

  test("reports the devices that it is told to", async () => {
    const series = await seriesOf(infinibandOf({ "collector.infiniband.device-exclude": "^mlx" }), fixtureSource());
    assert.ok(series.length > 0 && series.every((line) => line.includes('device="irdma0"')));
  });

  test("has no data without the class, and no series without a device", async () => {
    assert.throws(() => infinibandOf().collect(treeSource({})), NoData);
    assert.deepEqual(await seriesOf(infinibandOf(), treeSource({ "sys/class/infiniband/": "" })), []);
  });

  test("fails where a device lacks what all have", () => {
    const device = "sys/class/infiniband/mlx5_0/";
    assert.throws(() => infinibandOf().collect(treeSource({ [device]: "" })), /fw_ver: ENOENT/);
    const files = { [`${device}fw_ver`]: "1\n", [`${device}ports/1/state`]: "" };
    assert.throws(
      () => infinibandOf().collect(treeSource(files)),
      /Cannot parse state of an InfiniBand port: found ""/,
    );
  });
});

describe("parseState()", () => {
  test("reads the number", () => assert.equal(parseState("4: ACTIVE\n"), 4));
  for (const text of ["", "4", "x: ACTIVE", "4: A: B"]) {
    test(`rejects "${text}"`, () => assert.throws(() => parseState(text), SyntaxError));
  }
});

describe("parseRate()", () => {
  test("gives bytes a second", () => assert.equal(parseRate("2.5 Gb/sec (1X SDR)\n"), 312_500_000));
  for (const text of ["", "100", "fast Gb/sec", "1e9 Gb/sec"]) {
    test(`rejects "${text}"`, () => assert.throws(() => parseRate(text), SyntaxError));
  }
});

describe("fibrechannel()", () => {
  test("leaves out what the firmware does not count, and the prefix of identifiers", async () => {
    const [info = "", ...series] = await seriesOf(fibrechannel(), fixtureSource());
    assert.ok(info.includes('port_id="010a00"'));
    assert.ok(info.includes('symbolic_name="Emulex \\"LPe31002\\" FV12.8 DV14.2"'));
    assert.equal(series.length, 13);
    assert.ok(!series.some((line) => line.includes("dumped_frames")));
    assert.ok(series.includes('node_fibrechannel_error_frames_total{fc_host="host5"} 17'));
  });

  test("reports a host that says nothing", async () => {
    const [info = "", ...series] = await seriesOf(fibrechannel(), treeSource({ "sys/class/fc_host/host0/": "" }));
    assert.ok(info.includes('fc_host="host0"') && info.includes('speed=""'));
    assert.deepEqual(series, []);
  });

  test("has no data without the class, and no series without a host", async () => {
    assert.throws(() => fibrechannel().collect(treeSource({})), NoData);
    assert.deepEqual(await seriesOf(fibrechannel(), treeSource({ "sys/class/fc_host/": "" })), []);
  });
});
