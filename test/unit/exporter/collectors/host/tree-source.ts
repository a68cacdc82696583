import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { after } from "node:test";
import type { HostSource } from "../../../../../src/exporter/collectors/host/source.ts";
import { fixtureSource } from "./fixture-source.ts";

const folder = mkdtempSync(`${tmpdir()}/tsmon-host-`);
after(() => rmSync(folder, { recursive: true, force: true }));

let hosts = 0;

/** A source over a host that has these files only, such as `proc/net/arp`. Folders have a name that ends in a slash. */
export function treeSource(files: Readonly<Record<string, string>>): HostSource {
  const host = `${folder}/${++hosts}`;
  for (const [path, text] of Object.entries({ "proc/": "", "sys/": "", ...files })) {
    mkdirSync(dirname(`${host}/${path}x`), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(`${host}/${path}`, text);
  }
  return fixtureSource({ paths: { procfs: `${host}/proc`, sysfs: `${host}/sys`, rootfs: host, udevData: host } });
}
