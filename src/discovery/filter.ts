import { globMatches } from "./glob.ts";
import { hashmod, MAX_SHARDS } from "./hashmod.ts";
import { hasTag, type Target } from "./target.ts";

/** Which targets a query wants. Values of one parameter are alternatives; an empty list wants all. */
export interface Filter {
  readonly tag: readonly string[];
  readonly name: readonly string[];
  readonly os: readonly string[];
  readonly user: readonly string[];
  readonly exporter: readonly string[];
  readonly port: readonly number[];
  /** False wants devices that are known to be offline, true all others: what is not known must cost no target. */
  readonly online?: boolean | undefined;
  readonly shard?: { readonly index: number; readonly of: number } | undefined;
  /** Another one, which is to want the target too. */
  readonly also?: Filter | undefined;
}

/** A query that means nothing here. The message names the parameter. */
export class FilterError extends Error {
  override readonly name = "FilterError";
}

const GLOBS = ["tag", "name", "os", "user", "exporter"] as const;
const PARAMETERS = [...GLOBS, "port", "online", "shard", "of"] as const;
const MAX_VALUES = 64;
const MAX_LENGTH = 256;

/**
 * The filter of a query. A parameter may be given several times.
 *
 * @throws {FilterError} For an unknown parameter too: one that is misspelt would let everything through.
 */
export function parseFilter(params: URLSearchParams): Filter {
  const pairs = [...params];
  if (pairs.length > MAX_VALUES) throw new FilterError(`Too many parameters: expected at most ${MAX_VALUES}`);
  const stranger = pairs.find(([name]) => !(PARAMETERS as readonly string[]).includes(name));
  if (stranger) throw new FilterError(`Unknown parameter ${quote(stranger[0])}: expected ${PARAMETERS.join(", ")}`);
  const long = pairs.find(([, value]) => value.length > MAX_LENGTH);
  if (long) throw new FilterError(`Parameter ${long[0]} is longer than ${MAX_LENGTH} characters`);
  const globs = Object.fromEntries(GLOBS.map((name) => [name, params.getAll(name)])) as Record<
    (typeof GLOBS)[number],
    string[]
  >;
  return {
    ...globs,
    port: params.getAll("port").map((text) => toInteger("port", text, 1, 65_535)),
    online: onlineOf(params.getAll("online")),
    shard: shardOf(params.getAll("shard"), params.getAll("of")),
  };
}

/** Tells whether a filter wants a target. */
export function wants(filter: Filter, target: Target): boolean {
  const { device, exporter, port, ownAddress } = target;
  const { tag, name, os, user, online, shard } = filter;
  return (
    (tag.length === 0 || hasTag(device, tag)) &&
    anyMatches(name, [device.name, device.dnsName, device.hostname]) &&
    anyMatches(os, [device.os]) &&
    anyMatches(user, [device.user]) &&
    anyMatches(filter.exporter, [exporter]) &&
    (filter.port.length === 0 || filter.port.includes(port)) &&
    (online === undefined || (device.online !== false) === online) &&
    (shard === undefined || hashmod(ownAddress, shard.of) === shard.index) &&
    (filter.also === undefined || wants(filter.also, target))
  );
}

function anyMatches(globs: readonly string[], texts: readonly (string | undefined)[]): boolean {
  if (globs.length === 0) return true;
  return globs.some((glob) => texts.some((text) => text !== undefined && globMatches(glob, text)));
}

function onlineOf(values: readonly string[]): boolean | undefined {
  const wrong = values.find((value) => value !== "true" && value !== "false");
  if (wrong !== undefined) throw new FilterError(`Parameter online is ${quote(wrong)}: expected true or false`);
  // Both are alternatives, and so all.
  return new Set(values).size === 1 ? values[0] === "true" : undefined;
}

function shardOf(shards: readonly string[], counts: readonly string[]): Filter["shard"] {
  if (shards.length === 0 && counts.length === 0) return undefined;
  const [shard, of] = [shards[0], counts[0]];
  if (shard === undefined || of === undefined || shards.length + counts.length > 2) {
    throw new FilterError("Parameters shard and of go together: expected shard=0&of=2");
  }
  const count = toInteger("of", of, 1, MAX_SHARDS);
  return { index: toInteger("shard", shard, 0, count - 1), of: count };
}

function toInteger(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  if (value < min || value > max) {
    throw new FilterError(`Parameter ${name} is ${quote(text)}: expected a number from ${min} to ${max}`);
  }
  return value;
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
