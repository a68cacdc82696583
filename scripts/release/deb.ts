import { createHash } from "node:crypto";
import { type ArchiveFile, concat, tar } from "./tar.ts";

/** What goes into a Debian package. */
export interface DebOptions {
  /** Fields of the control file, deb-control(5), without those that are counted here. */
  readonly control: Readonly<Record<string, string>> & { readonly Description: string };
  /** Maintainer scripts by name: postinst, prerm, … */
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly ArchiveFile[];
  /** Unix seconds. */
  readonly mtime: number;
  readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** A package in the format of deb(5). Every file below etc/ is a conffile. */
export async function deb({ control, scripts, files, mtime, compress }: DebOptions): Promise<Uint8Array> {
  const text = (content: string) => new TextEncoder().encode(content);
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  const { Description, ...fields } = { ...control, "Installed-Size": `${Math.ceil(bytes / 1024)}` };
  const lines = Object.entries({ ...fields, Description }).map(([name, value]) => `${name}: ${value}\n`);
  const conffiles = files.map(({ path }) => path).filter((path) => path.startsWith("etc/"));
  const sums = files.map((file) => `${createHash("md5").update(file.bytes).digest("hex")}  ${file.path}\n`);
  const meta: ArchiveFile[] = [
    { path: "control", bytes: text(lines.join("")), mode: 0o644 },
    { path: "conffiles", bytes: text(conffiles.map((path) => `/${path}\n`).join("")), mode: 0o644 },
    { path: "md5sums", bytes: text(sums.join("")), mode: 0o644 },
    ...Object.entries(scripts).map(([path, script]) => ({ path, bytes: text(script), mode: 0o755 })),
  ];
  return ar(
    [
      ["debian-binary", text("2.0\n")],
      ["control.tar.xz", await compress(tar(meta, mtime))],
      ["data.tar.xz", await compress(tar(files, mtime))],
    ],
    mtime,
  );
}

/** An archive in the common format of ar(5). */
function ar(members: readonly (readonly [name: string, bytes: Uint8Array])[], mtime: number): Uint8Array {
  const text = (content: string) => new TextEncoder().encode(content);
  const parts = members.flatMap(([name, bytes]) => {
    const head = `${name.padEnd(16)}${`${mtime}`.padEnd(12)}0     0     100644  ${`${bytes.length}`.padEnd(10)}\`\n`;
    return [text(head), bytes, text(bytes.length % 2 === 1 ? "\n" : "")];
  });
  return concat([text("!<arch>\n"), ...parts]);
}
