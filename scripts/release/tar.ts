/** A file of an archive. */
export interface ArchiveFile {
  /** Without a slash at the start. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode: number;
}

const BLOCK_BYTES = 512;

/**
 * A tar archive in the ustar format (POSIX 1003.1-1988), with the folders of its files. Owner is root, all times are `mtime` in
 * Unix seconds and the order is that of the names, so that the same files make the same bytes.
 */
export function tar(files: readonly ArchiveFile[], mtime: number): Uint8Array {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const folders = new Set(sorted.flatMap(({ path }) => parentsOf(path)));
  const parts = [...folders].map((folder) => header(`./${folder}/`, 0, 0o755, "5", mtime));
  for (const { path, bytes, mode } of sorted) {
    parts.push(header(`./${path}`, bytes.length, mode, "0", mtime), bytes, new Uint8Array(-bytes.length & 511));
  }
  return concat([...parts, new Uint8Array(2 * BLOCK_BYTES)]);
}

/** All bytes one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function parentsOf(path: string): string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join("/"));
}

function header(name: string, size: number, mode: number, type: string, mtime: number): Uint8Array {
  if (name.length > 100) throw new RangeError(`Cannot archive ${name}: names of more than 100 bytes are not supported`);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  const fields: [offset: number, text: string][] = [
    [0, name],
    [100, octal(mode, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(size, 11)],
    [136, octal(mtime, 11)],
    [148, " ".repeat(8)],
    [156, type],
    [257, "ustar\x0000"],
    [265, "root"],
    [297, "root"],
  ];
  const block = new Uint8Array(BLOCK_BYTES);
  const write = (offset: number, text: string) => block.set(new TextEncoder().encode(text), offset);
  for (const [offset, text] of fields) write(offset, text);
  write(
    148,
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
  );
  return block;
}
