import * as z from "zod/mini";
import { regExpOr, Seconds } from "../../../config/fields.ts";

/** Values of a collector's settings after parsing, by flag name. */
export type Settings<Shape extends z.core.$ZodShape> = z.output<z.ZodMiniObject<Shape>>;

/** Setting that takes a regular expression in Go's syntax. The empty string means none. */
export function regExpSetting(initial: string, description: string) {
  return regExpOr(initial).register(z.globalRegistry, { description, placeholder: "REGEXP" });
}

/** Setting that takes a duration such as `5s` or `1m30s`, and yields seconds. */
export function durationSetting(initial: string, description: string) {
  return z.prefault(Seconds, initial).register(z.globalRegistry, { description, placeholder: "DURATION" });
}

const yesOrNo = z.boolean();

/** Setting that is on or off. */
export function switchSetting(initial: boolean, description: string) {
  return z._default(yesOrNo, initial).register(z.globalRegistry, { description });
}
