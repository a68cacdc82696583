/** A gzip file's header as it is written without options (RFC 1952, 2.3), and its trailer's length. */
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
/** Longest stored block (RFC 1951, 3.2.4). */
const MAX_STORED_BYTES = 0xffff;

/**
 * A gzip file of `prefix` and then of what `file` holds, without compressing that again: the prefix is stored as it is, in
 * blocks before the file's own. Several members in a row would be simpler, but not every client reads past the first.
 *
 * @param file A gzip file of one member without extra fields.
 */
export function gzipWithPrefix(prefix: Uint8Array, file: Uint8Array): Uint8Array<ArrayBuffer> {
  if (file[3] !== 0) throw new RangeError("Cannot prefix a gzip file that has extra fields");
  const blocks = Math.ceil(prefix.length / MAX_STORED_BYTES);
  const output = new Uint8Array(prefix.length + blocks * 5 + file.length);
  output.set(file.subarray(0, HEADER_BYTES));
  let at = HEADER_BYTES;
  for (let from = 0; from < prefix.length; from += MAX_STORED_BYTES) {
    const block = prefix.subarray(from, from + MAX_STORED_BYTES);
    const { length } = block;
    output.set([0, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff], at);
    output.set(block, at + 5);
    at += 5 + length;
  }
  output.set(file.subarray(HEADER_BYTES), at);
  const trailer = new DataView(output.buffer, output.length - TRAILER_BYTES);
  const fileBytes = trailer.getUint32(4, true);
  trailer.setUint32(0, combine(crc32(prefix), trailer.getUint32(0, true), fileBytes), true);
  trailer.setUint32(4, (fileBytes + prefix.length) >>> 0, true);
  return output;
}

/** The polynomial of gzip's checksum, bits reversed (RFC 1952, 8). */
const POLYNOMIAL = 0xedb8_8320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}

/**
 * Checksum of two texts in a row from that of each, and the second one's length. To append a zero bit is a linear map of
 * the checksum's bits, so to append many is a power of it.
 */
function combine(first: number, second: number, secondBytes: number): number {
  let matrix: Matrix = Uint32Array.from({ length: 32 }, (_, bit) => (bit === 0 ? POLYNOMIAL : 2 ** (bit - 1)));
  for (let square = 0; square < 3; square++) matrix = squared(matrix); // one bit, two, four, eight
  let crc = first;
  for (let left = secondBytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) crc = times(matrix, crc);
    matrix = squared(matrix);
  }
  return (crc ^ second) >>> 0;
}

/** A linear map of 32 bits: what each bit alone becomes. */
type Matrix = Uint32Array;

function times(matrix: Matrix, vector: number): number {
  let sum = 0;
  for (let bit = 0; bit < 32; bit++) if ((vector >>> bit) & 1) sum ^= matrix[bit]!;
  return sum >>> 0;
}

function squared(matrix: Matrix): Matrix {
  return matrix.map((row) => times(matrix, row));
}
