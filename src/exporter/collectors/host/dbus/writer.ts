/** A method of an object on a bus. Its arguments are texts, the only kind that is needed here. */
export interface MethodCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly arguments?: readonly string[];
}

const METHOD_CALL = 1;
const PROTOCOL_VERSION = 1;

/** Codes of header fields, with the types of their values. */
const FIELDS = {
  path: [1, "o"],
  interface: [2, "s"],
  member: [3, "s"],
  destination: [6, "s"],
  signature: [8, "g"],
} as const;

/** A method call as bytes (D-Bus specification, "Message Protocol"), little-endian. */
export function encodeCall(call: MethodCall, serial: number): Uint8Array {
  const { arguments: texts = [] } = call;
  const body = new Writer();
  for (const text of texts) body.string(text);
  const message = new Writer();
  message.bytes("l".charCodeAt(0), METHOD_CALL, 0, PROTOCOL_VERSION);
  message.uint32(body.length);
  message.uint32(serial);
  const fields = new Writer();
  for (const name of ["path", "interface", "member", "destination"] as const) fields.field(FIELDS[name], call[name]);
  if (texts.length > 0) fields.field(FIELDS.signature, "s".repeat(texts.length));
  message.uint32(fields.length);
  message.append(fields);
  message.align(8);
  message.append(body);
  return message.result();
}

const encoder = new TextEncoder();

/** Bytes with D-Bus's alignment, from a start that is itself aligned. */
class Writer {
  #bytes: number[] = [];

  get length(): number {
    return this.#bytes.length;
  }

  bytes(...values: number[]): void {
    this.#bytes.push(...values);
  }

  align(size: number): void {
    while (this.#bytes.length % size !== 0) this.#bytes.push(0);
  }

  uint32(value: number): void {
    this.align(4);
    this.bytes(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
  }

  string(text: string): void {
    const bytes = encoder.encode(text);
    this.uint32(bytes.length);
    this.bytes(...bytes, 0);
  }

  field([code, type]: readonly [code: number, type: string], text: string): void {
    this.align(8);
    this.bytes(code, 1, type.charCodeAt(0), 0);
    if (type === "g") this.bytes(text.length, ...encoder.encode(text), 0);
    else this.string(text);
  }

  /** What was written elsewhere, from a place whose alignment is the same as there. */
  append(other: Writer): void {
    this.bytes(...other.#bytes);
  }

  result(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}
