import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { after } from "node:test";
import type { HostSource } from "../../../../../src/exporter/collectors/host/source.ts";
import { fixtureSource } from "./fixture-source.ts";

/** What a host's `proc` and `sys` hold. A path that ends in a slash is an empty folder. */
export interface HostTree {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Targets of symbolic links by path. */
  readonly links?: Readonly<Record<string, string>>;
}

/** Texts by path under one folder. */
export function under(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}

/** Makes hosts in a temporary folder, which is removed after the test file's last test. */
export function hostTrees(): (tree: HostTree) => HostSource {
  const base = mkdtempSync(`${tmpdir()}/tsmon-host-`);
  chmodSync(base, 0o755); // for tests as another user
  after(() => rmSync(base, { recursive: true, force: true }));
  return ({ files, links = {} }) => {
    const root = mkdtempSync(`${base}/`);
    chmodSync(root, 0o755);
    const makeFolder = (path: string) => mkdirSync(dirname(`${root}/${path}`), { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      makeFolder(path);
      if (path.endsWith("/")) mkdirSync(`${root}/${path}`, { recursive: true });
      else writeFileSync(`${root}/${path}`, content);
    }
    for (const [path, target] of Object.entries(links)) {
      makeFolder(path);
      symlinkSync(target, `${root}/${path}`);
    }
    return fixtureSource({ paths: { procfs: `${root}/proc`, sysfs: `${root}/sys` } });
  };
}
