import { lines, quoted, unsigned } from "./parse.ts";

/** One line of mountinfo (proc_pid_mountinfo(5)). Paths and names keep the kernel's octal escapes. */
export interface MountInfo {
  readonly id: string;
  readonly parentId: string;
  readonly major: string;
  readonly minor: string;
  readonly mountPoint: string;
  readonly fsType: string;
  readonly source: string;
  /** What the file system itself has for options. */
  readonly superOptions: string;
  readonly isReadOnly: boolean;
}

/** Mounts in file order: of two at one mount point the later one is on top. */
export function parseMountInfo(text: string): MountInfo[] {
  return lines(text).map((line) => {
    const parts = line.split(" ");
    const [id = "", parentId = "", device = "", , mountPoint = "", options = ""] = parts;
    // A variable number of optional fields precedes the separator.
    const [separator, fsType = "", source = "", superOptions = ""] = parts.slice(-4);
    const [major, minor] = device.split(":");
    if (parts.length < 10 || separator !== "-")
      throw new SyntaxError(`Cannot parse mountinfo: found "${quoted(line)}"`);
    for (const number of [id, parentId, major, minor]) unsigned(number, "mountinfo");
    const isReadOnly = hasOption(options, "ro") || hasOption(superOptions, "ro", "emergency_ro");
    return { id, parentId, major: major!, minor: minor!, mountPoint, fsType, source, superOptions, isReadOnly };
  });
}

function hasOption(options: string, ...names: string[]): boolean {
  return options.split(",").some((option) => names.includes(option));
}

/** A path or name without the octal escapes that the kernel writes for blanks, line feeds and backslashes. */
export function unescapeOctal(text: string): string {
  return text.includes("\\")
    ? text.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(parseInt(code, 8)))
    : text;
}
