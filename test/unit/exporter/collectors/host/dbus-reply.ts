import type { Value } from "../../../../../src/exporter/collectors/host/dbus/reader.ts";

const METHOD_RETURN = 2;
const REPLY_SERIAL = 5;
const SIGNATURE = 8;

/** A method's answer as bytes, little-endian. Of the types there are `b`, `u`, `s`, `o`, `g`, `v` of text or boolean, and structs and arrays. */
export function dbusReply(replySerial: number, signature: string, ...values: Value[]): Uint8Array {
  const body: number[] = [];
  write(body, signature, values);
  const message = ["l".charCodeAt(0), METHOD_RETURN, 0, 1];
  write(message, "uu", [body.length, 1]);
  const fields: number[] = [REPLY_SERIAL, 1, "u".charCodeAt(0), 0];
  write(fields, "u", [replySerial]);
  fields.push(SIGNATURE, 1, "g".charCodeAt(0), 0);
  write(fields, "g", [signature]);
  write(message, "u", [fields.length]);
  message.push(...fields);
  align(message, 8);
  return Uint8Array.from([...message, ...body]);
}

function align(bytes: number[], size: number): void {
  while (bytes.length % size !== 0) bytes.push(0);
}

function write(bytes: number[], signature: string, values: readonly Value[]): void {
  const types = signature.match(/a?\([a-z]+\)|a?[a-z]/g) ?? [];
  for (const [i, type] of types.entries()) writeValue(bytes, type, values[i]!);
}

function writeValue(bytes: number[], type: string, value: Value): void {
  if (type.startsWith("(")) {
    align(bytes, 8);
    write(bytes, type.slice(1, -1), value as readonly Value[]);
  } else if (type.startsWith("a")) {
    align(bytes, 4);
    const at = bytes.push(0, 0, 0, 0) - 4;
    align(bytes, 8);
    const start = bytes.length;
    for (const element of value as readonly Value[]) writeValue(bytes, type.slice(1), element);
    bytes.splice(at, 4, ...uint32(bytes.length - start));
  } else if (type === "v")
    write(bytes, `g${typeof value === "string" ? "s" : "b"}`, [typeof value === "string" ? "s" : "b", value]);
  else if (type === "g") bytes.push((value as string).length, ...new TextEncoder().encode(value as string), 0);
  else {
    align(bytes, 4);
    if (typeof value !== "string") bytes.push(...uint32(Number(value)));
    else {
      const text = new TextEncoder().encode(value);
      bytes.push(...uint32(text.length), ...text, 0);
    }
  }
}

function uint32(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}
