import { readTextFile } from "./text-file.ts";

/** Where distributions have pci.ids. */
const USUAL_PATHS = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"];

/** Ten times what pci.ids has. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Names of vendors, devices and classes by their numbers in hexadecimal, as pci.ids lists them. */
export class PciIds {
  /** By `8086`, `8086 1521` and `8086 1521 8086 00a3`. */
  readonly #devices = new Map<string, string>();
  /** By `01`, `0108` and `010802`. */
  readonly #classes = new Map<string, string>();

  /** @param text Text in the format of pci.ids: a tab for each level below a vendor or a class. */
  constructor(text: string) {
    const path: string[] = [];
    for (const line of text.split("\n")) {
      const [, tabs = "", c, id, name] = /^(\t{0,2})(C )?([0-9a-zA-Z]+(?: [0-9a-zA-Z]+)?) {2}(.*)$/.exec(line) ?? [];
      if (id === undefined || name === undefined) continue;
      path.length = Math.min(path.length, tabs.length);
      if (path.length < tabs.length) continue;
      path.push(c ? `C${id}` : id);
      const isClass = path[0]!.startsWith("C");
      if (isClass) this.#classes.set(path.join("").slice(1), name.trim());
      else this.#devices.set(path.join(" "), name.trim());
    }
  }

  /** The file at a path, or else the first of the usual ones; one without names where there is none to be read. */
  static read(path: string): PciIds {
    for (const candidate of path === "" ? USUAL_PATHS : [path]) {
      try {
        return new PciIds(readTextFile(candidate, MAX_BYTES).text);
      } catch {}
    }
    return new PciIds("");
  }

  /** Name of a vendor, of a vendor's device, or of such a device in another vendor's product; its last number if it has none. */
  device(...ids: readonly string[]): string {
    return this.#devices.get(ids.join(" ")) ?? ids.at(-1) ?? "";
  }

  /** Name of a class of six digits, or of the class above it. */
  class(id: string): string {
    const names = [id, id.slice(0, 4), id.slice(0, 2)].map((prefix) => this.#classes.get(prefix));
    return names.find((name) => name !== undefined) ?? `Unknown class (${id})`;
  }
}
