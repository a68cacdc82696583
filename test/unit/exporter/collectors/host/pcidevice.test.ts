import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { PciIds } from "../../../../../src/exporter/collectors/host/pci-ids.ts";
import { pcidevice, pcideviceSettings } from "../../../../../src/exporter/collectors/host/pcidevice.ts";
import { parseLocation } from "../../../../../src/exporter/collectors/host/pcidevice-info.ts";
import { seriesOf, settingsOf } from "./fixture-source.ts";
import { hostTrees, under } from "./host-tree.ts";

const host = hostTrees();

const IDS = `# A list.
1022  AMD
\t1634  Bridge
\t\t17aa 5095  Bridge in a laptop
\t\t1022  No pair
8086  Intel  Corporation
\t1521  I350
C 06  Bridge
\t04  PCI bridge
\t\t00  Normal decode
C 0c  Serial bus
`;

const REAL_PATH = "sys/devices/pci0000:00/0000:00:02.1/0000:01:00.0";
const FILES = {
  ...{ class: "0x060400\n", vendor: "0x1022\n", device: "0x1634\n", revision: "0x00\n" },
  ...{ subsystem_vendor: "0x17aa\n", subsystem_device: "0x5095\n" },
};

/** A host with one device. */
const withDevice = (files: Record<string, string> = {}, link = `../../../${REAL_PATH.slice(4)}`) =>
  host({ files: under(REAL_PATH, { ...FILES, ...files }), links: { "sys/bus/pci/devices/0000:01:00.0": link } });

const scrape = (source: ReturnType<typeof withDevice>, given: Record<string, unknown> = {}) =>
  seriesOf(pcidevice(settingsOf(pcideviceSettings, given)), source);

/** Values of the families without labels of their own, by the ends of their names. */
const values = (series: readonly string[]) =>
  Object.fromEntries(
    series.flatMap((line) => {
      const [, name, value] =
        /^node_pcidevice_(\w+)\{bus="01",device="00",function="0",segment="0000"\} (.*)/.exec(line) ?? [];
      return name === undefined ? [] : [[name, Number(value)]];
    }),
  );

describe("pcidevice()", () => {
  test("has no data where there is no PCI", () => assert.rejects(scrape(host({ files: {} })), NoData));

  test("says of a device without the files what node_exporter says", async () => {
    const series = await scrape(withDevice());
    assert.deepEqual(values(series), {
      ...{ max_link_transfers_per_second: -1, max_link_width: -1, current_link_transfers_per_second: -1 },
      ...{ current_link_width: -1, d3cold_allowed: 0, sriov_drivers_autoprobe: 0, sriov_numvfs: 0 },
      ...{ sriov_totalvfs: 0, sriov_vf_total_msix: 0 },
    });
    assert.ok(!series.some((line) => line.includes("power_state")));
  });

  test("says what the files say", async () => {
    const series = await scrape(
      withDevice({
        ...{ max_link_speed: "8.0 GT/s PCIe\n", current_link_speed: "2.5 GT/s PCIe\n", numa_node: "1\n" },
        ...{ max_link_width: "16\n", current_link_width: "4\n", d3cold_allowed: "1\n", power_state: "D3hot\n" },
        ...{ sriov_numvfs: "2\n", sriov_totalvfs: "7\n", sriov_drivers_autoprobe: "1\n", sriov_vf_total_msix: "9\n" },
      }),
    );
    assert.deepEqual(values(series), {
      ...{ max_link_transfers_per_second: 8e9, max_link_width: 16, current_link_transfers_per_second: 2.5e9 },
      ...{ current_link_width: 4, d3cold_allowed: 1, sriov_drivers_autoprobe: 1, sriov_numvfs: 2 },
      ...{ sriov_totalvfs: 7, sriov_vf_total_msix: 9, numa_node: 1 },
    });
    const states = series.filter((line) => line.includes("power_state"));
    assert.equal(states.length, 7);
    assert.deepEqual(
      states.filter((line) => line.endsWith(" 1")).map((line) => /state="(\w+)"/.exec(line)?.[1]),
      ["D3hot"],
    );
  });

  test("takes what the kernel does not know for absent", async () => {
    const unknown = { max_link_speed: "Unknown\n", current_link_speed: "Unknown speed\n", max_link_width: "\n" };
    const found = values(await scrape(withDevice({ ...unknown, numa_node: "-1\n" })));
    assert.deepEqual([found.max_link_transfers_per_second, found.max_link_width, found.numa_node], [-1, -1, undefined]);
  });

  test("names the parent, or none of a device at the root", async () => {
    const parent = async (link?: string) => {
      const [info = ""] = await scrape(withDevice({}, link));
      return ["segment", "bus", "device", "function"].map(
        (part) => new RegExp(`parent_${part}="([^"]*)"`).exec(info)?.[1],
      );
    };
    assert.deepEqual(await parent(), ["0000", "00", "02", "1"]);
    const root = host({
      files: under("sys/devices/pci0000:00/0000:00:00.0", FILES),
      links: { "sys/bus/pci/devices/0000:00:00.0": "../../../devices/pci0000:00/0000:00:00.0" },
    });
    assert.match((await scrape(root))[0]!, /parent_bus="\*",parent_device="\*"/);
  });

  test("names devices on demand", async () => {
    const folder = mkdtempSync(`${tmpdir()}/tsmon-pci-`);
    after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(`${folder}/pci.ids`, IDS);
    const names = async (idsfile: string) => {
      const given = { "collector.pcidevice.names": true, "collector.pcidevice.idsfile": idsfile };
      return [...(await scrape(withDevice(), given))[0]!.matchAll(/(\w+_name)="([^"]*)"/g)].map(([, , name]) => name);
    };
    assert.deepEqual(await names(`${folder}/pci.ids`), [
      "Normal decode",
      "Bridge",
      "Bridge in a laptop",
      "17aa",
      "AMD",
    ]);
    const unknown = ["Unknown class (060400)", "1634", "5095", "17aa", "1022"];
    assert.deepEqual(await names(`${folder}/missing`), unknown);
    assert.deepEqual(await names(folder), unknown);
  });

  for (const [name, files, want] of [
    ["a speed in another unit", { max_link_speed: "8 GT/s\n" }, /Cannot parse .*max_link_speed: found "8 GT\/s"/],
    ["a width that is no number", { max_link_width: "wide\n" }, /Cannot parse .*max_link_width: found "wide"/],
    ["a class that is no number", { class: "\n" }, /Cannot parse .*class: found ""/],
  ] as const) {
    test(`rejects ${name}`, () => assert.rejects(scrape(withDevice(files)), want));
  }

  test("rejects a device that is no link", () => {
    const source = host({ files: under("sys/bus/pci/devices/0000:00:00.0", FILES) });
    return assert.rejects(scrape(source), /EINVAL.*0000:00:00\.0/);
  });
});

describe("PciIds", () => {
  const ids = new PciIds(IDS);
  for (const [given, want] of [
    [["1022"], "AMD"],
    [["8086"], "Intel  Corporation"],
    [["8086", "1521"], "I350"],
    [["1022", "1634", "17aa", "5095"], "Bridge in a laptop"],
    [["8086", "1634"], "1634"],
    [["1521"], "1521"],
  ] as const) {
    test(`calls the device ${given.join(" ")} ${want}`, () => assert.equal(ids.device(...given), want));
  }
  for (const [given, want] of [
    ["060400", "Normal decode"],
    ["060401", "PCI bridge"],
    ["068000", "Bridge"],
    ["0c0330", "Serial bus"],
    ["ff0000", "Unknown class (ff0000)"],
  ] as const) {
    test(`calls the class ${given} ${want}`, () => assert.equal(ids.class(given), want));
  }
});

describe("parseLocation()", () => {
  test("pads what the kernel writes short", () => {
    assert.deepEqual(parseLocation("10000:e1:1f.7"), { segment: "10000", bus: "e1", device: "1f", function: "7" });
    assert.deepEqual(parseLocation("1:2:3.4"), { segment: "0001", bus: "02", device: "03", function: "4" });
  });
  for (const text of ["", "0000:00:00", "0000:00:00.0.0", "virtio0", "0000:00:0g.0"]) {
    test(`rejects "${text}"`, () =>
      assert.throws(() => parseLocation(text), /Cannot parse the location of a PCI device/));
  }
});
