import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { archiveFiles, debianFiles, sharedFiles } from "./contents.ts";
import { deb } from "./deb.ts";
import { DEBIAN_SCRIPTS, debianControl } from "./debian.ts";
import { tar } from "./tar.ts";
import type { Target } from "./targets.ts";

/** What a release is made of. */
export interface ReleaseOptions {
  /** Folder of the binaries and of what is made of them. Ends with a slash. */
  readonly dist: string;
  readonly targets: readonly Target[];
  readonly version: string;
  /** Unix seconds. */
  readonly mtime: number;
  /** Text of install.sh. */
  readonly installer: string;
  /** Whether time matters more than size. */
  readonly fast: boolean;
  /** Hears of each file, by name and size in bytes. */
  readonly onWritten?: (name: string, bytes: number) => void;
}

/** Writes archives, Debian packages, install.sh and SHA256SUMS beside the binaries. */
export async function packageRelease(options: ReleaseOptions): Promise<void> {
  const { dist, targets, version, mtime, installer, fast } = options;
  const shared = await sharedFiles(version);
  const names: string[] = [];
  const write = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(`${dist}${name}`, bytes);
    names.push(name);
    options.onWritten?.(name, bytes.length);
  };
  for (const { name, debian } of targets) {
    const binary = readFileSync(`${dist}tsmon-${name}`);
    const archive = tar(archiveFiles(binary, shared), mtime);
    const xz = (bytes: Uint8Array) => compressed(["xz", "-c", ...(fast ? ["-0"] : filtersOf(name))], bytes);
    const packed = [xz(archive), compressed(["gzip", "-n", "-c", fast ? "-1" : "-9"], archive)] as const;
    write(`tsmon-${name}.tar.xz`, await packed[0]);
    write(`tsmon-${name}.tar.gz`, await packed[1]);
    if (!debian) continue;
    const [control, files] = [debianControl(version, debian), debianFiles(binary, shared, options)];
    const bytes = await deb({ control, scripts: DEBIAN_SCRIPTS, files, mtime, compress: xz });
    write(`tsmon_${version}_${debian}.deb`, bytes);
  }
  write("install.sh", installer);
  const sums = names.toSorted().map((name) => `${sha256(`${dist}${name}`)}  ${name}\n`);
  writeFileSync(`${dist}SHA256SUMS`, sums.join(""));
}

/**
 * Flags of xz for a target. One thread, since several cut the text into pieces. The filter for the processor's code saves 3 %
 * and is not understood everywhere: not by busybox, which is where musl is, and for arm64 by no xz before 5.4.
 */
export function filtersOf(name: string): string[] {
  return ["-T1", ...(name === "linux-amd64" ? ["--x86"] : []), "--lzma2=preset=9"];
}

async function compressed([file = "", ...args]: readonly string[], bytes: Uint8Array): Promise<Uint8Array> {
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  child.stdin.end(bytes);
  const [output, [code]] = await Promise.all([buffer(child.stdout), closed]);
  if (code === 0) return output;
  throw new Error(`Cannot compress: ${file} ended with ${code}`);
}

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
