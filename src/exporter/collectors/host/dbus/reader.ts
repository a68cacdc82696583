/** A value of a message. Integers of 64 bits are bigints; a variant is the value in it. */
export type Value = number | bigint | boolean | string | readonly Value[];

/** A message as it came. */
export interface Message {
  readonly type: number;
  /** Serial number of the call that it answers. */
  readonly replySerial: number | undefined;
  readonly errorName: string | undefined;
  readonly body: readonly Value[];
}

/** Message types of {@linkcode Message}. */
export const METHOD_RETURN = 2;
export const ERROR = 3;

/** Bytes that a header has before its fields. */
const FIXED_BYTES = 16;
/** Deepest nesting of arrays, structs and variants that the specification admits. */
const MAX_DEPTH = 64;

const ERROR_NAME_FIELD = 4;
const REPLY_SERIAL_FIELD = 5;
const SIGNATURE_FIELD = 8;

/**
 * Length in bytes of the message that begins a buffer; undefined while the buffer has too little of it to tell.
 *
 * @throws {SyntaxError} If it is no message, or longer than `maxBytes`.
 */
export function messageLength(buffer: Uint8Array, maxBytes: number): number | undefined {
  if (buffer.length < FIXED_BYTES) return undefined;
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const little = isLittleEndian(view);
  const header = FIXED_BYTES + view.getUint32(12, little);
  const length = Math.ceil(header / 8) * 8 + view.getUint32(4, little);
  if (length > maxBytes) throw new SyntaxError(`Cannot read a D-Bus message of ${length} bytes: more than ${maxBytes}`);
  return length;
}

/**
 * A whole message (D-Bus specification, "Message Protocol").
 *
 * @throws {SyntaxError} If it is not one.
 */
export function decodeMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const reader = new Reader(bytes, isLittleEndian(view));
  const [, type, , , , , fields] = reader.values("yyyyuua(yv)");
  const field = (code: number) => (fields as [code: number, value: Value][]).find(([other]) => other === code)?.[1];
  reader.align(8);
  const signature = field(SIGNATURE_FIELD) ?? "";
  const replySerial = field(REPLY_SERIAL_FIELD);
  const errorName = field(ERROR_NAME_FIELD);
  return {
    type: type as number,
    replySerial: typeof replySerial === "number" ? replySerial : undefined,
    errorName: typeof errorName === "string" ? errorName : undefined,
    body: reader.values(typeof signature === "string" ? signature : ""),
  };
}

function isLittleEndian(view: DataView): boolean {
  const order = String.fromCharCode(view.getUint8(0));
  if (order !== "l" && order !== "B") throw new SyntaxError(`Cannot read a D-Bus message: byte order "${order}"`);
  return order === "l";
}

const decoder = new TextDecoder();

/** Reads values one after another, by their types' letters. What is beyond the end is an error. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  #offset = 0;

  constructor(bytes: Uint8Array, little: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#little = little;
  }

  align(size: number): void {
    this.#offset = Math.ceil(this.#offset / size) * size;
  }

  values(signature: string, depth = 0): Value[] {
    const values: Value[] = [];
    for (let start = 0; start < signature.length; ) {
      const end = typeEnd(signature, start);
      values.push(this.#value(signature.slice(start, end), depth));
      start = end;
    }
    return values;
  }

  #value(type: string, depth: number): Value {
    if (depth > MAX_DEPTH) throw new SyntaxError("Cannot read a D-Bus message: nested too deeply");
    switch (type[0]) {
      case "y":
        return this.#view.getUint8(this.#take(1));
      case "b":
        return this.#uint32() !== 0;
      case "n":
        return this.#view.getInt16(this.#take(2), this.#little);
      case "q":
        return this.#view.getUint16(this.#take(2), this.#little);
      case "i":
        return this.#view.getInt32(this.#take(4), this.#little);
      case "u":
      case "h":
        return this.#uint32();
      case "x":
        return this.#view.getBigInt64(this.#take(8), this.#little);
      case "t":
        return this.#view.getBigUint64(this.#take(8), this.#little);
      case "d":
        return this.#view.getFloat64(this.#take(8), this.#little);
      case "s":
      case "o":
        return this.#text(this.#uint32());
      case "g":
        return this.#text(this.#view.getUint8(this.#take(1)));
      case "v":
        return this.#variant(depth);
      case "a":
        return this.#array(type.slice(1), depth);
      case "(":
      case "{":
        this.align(8);
        return this.values(type.slice(1, -1), depth + 1);
      default:
        throw new SyntaxError(`Cannot read a D-Bus message: type "${type}"`);
    }
  }

  #variant(depth: number): Value {
    const signature = this.#text(this.#view.getUint8(this.#take(1)));
    const [value, ...more] = this.values(signature, depth + 1);
    if (value === undefined || more.length > 0)
      throw new SyntaxError(`Cannot read a D-Bus message: type "${signature}"`);
    return value;
  }

  #array(type: string, depth: number): Value[] {
    const length = this.#uint32();
    this.align(alignmentOf(type));
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw new SyntaxError("Cannot read a D-Bus message: an array is cut off");
    const values: Value[] = [];
    while (this.#offset < end) {
      const before = this.#offset;
      values.push(this.#value(type, depth + 1));
      if (this.#offset === before) throw new SyntaxError(`Cannot read a D-Bus message: array of "${type}"`);
    }
    return values;
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), this.#little);
  }

  #text(length: number): string {
    const start = this.#offset;
    this.#offset += length + 1; // a NUL follows
    if (this.#offset > this.#bytes.length) throw new SyntaxError("Cannot read a D-Bus message: a text is cut off");
    return decoder.decode(this.#bytes.subarray(start, start + length));
  }

  /** Where a number of so many bytes begins. */
  #take(size: number): number {
    this.align(size);
    const start = this.#offset;
    this.#offset += size;
    if (this.#offset > this.#bytes.length) throw new SyntaxError("Cannot read a D-Bus message: a number is cut off");
    return start;
  }
}

/** Where the type that begins at `start` of a signature ends. */
function typeEnd(signature: string, start: number): number {
  let end = start;
  while (signature[end] === "a") end++;
  if (signature[end] !== "(" && signature[end] !== "{") return end + 1;
  let open = 0;
  do {
    const letter = signature[end++];
    if (letter === undefined) throw new SyntaxError(`Cannot read a D-Bus message: signature "${signature}"`);
    if (letter === "(" || letter === "{") open++;
    if (letter === ")" || letter === "}") open--;
  } while (open > 0);
  return end;
}

function alignmentOf(type: string): number {
  if ("xtd({".includes(type[0] ?? "?")) return 8;
  if ("nq".includes(type[0]!)) return 2;
  return "ygv".includes(type[0]!) ? 1 : 4;
}
