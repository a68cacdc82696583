import * as z from "zod/mini";
import { complaintOf } from "../localapi/decode.ts";
import { type Advertisement, toAdvertisement } from "./advertisement.ts";
import { type Device, SOURCE_NAMES, type SourceName } from "./device.ts";

/** What outlives the process. */
export interface State {
  /** When a source gave the oldest of its lists, in seconds of Unix time. */
  readonly savedSeconds: number;
  /** Last good list by source. */
  readonly sources: Readonly<Partial<Record<SourceName, readonly Device[]>>>;
  /** Whose devices each source listed; absent in older files. */
  readonly identities?: Identities | undefined;
  /** Whether tailscaled had no network interface; absent when that was never known. */
  readonly isUserspace?: boolean | undefined;
  /** What agents told last, by the id of their device. */
  readonly agents: ReadonlyMap<string, Advertisement>;
}

/** What tells the tailnet of a source from that of another with the same name, by source. */
export type Identities = Readonly<Partial<Record<SourceName, string>>>;

/** Of the form below. One that cannot be read by older programs gets another number. */
const VERSION = 1;

const text = z.string().check(z.maxLength(4096));

const DeviceEntry = z.object({
  id: text.check(z.minLength(1)),
  name: text,
  dnsName: z.optional(text),
  hostname: text,
  os: z.optional(text),
  user: z.optional(text),
  tags: z.array(text).check(z.maxLength(1000)),
  ipv4: z.optional(text),
  ipv6: z.optional(text),
  online: z.optional(z.boolean()),
  authorized: z.optional(z.boolean()),
  clientVersion: z.optional(text),
  tailnet: z.optional(text),
  api: text,
});

const StateFile = z.object({
  tsmon_discover_state: z.literal(VERSION),
  savedSeconds: z.number(),
  sources: z.partialRecord(z.enum(SOURCE_NAMES), z.array(DeviceEntry)),
  identities: z.optional(z.partialRecord(z.enum(SOURCE_NAMES), text)),
  isUserspace: z.optional(z.boolean()),
  agents: z.record(z.string(), z.unknown()),
});

/** What is worth a write when it changes, as text. Who is online is not: that changes too often for a disk. */
export function lastingContent({ sources, identities, isUserspace, agents }: State): string {
  return JSON.stringify({ sources, identities, isUserspace, agents: Object.fromEntries(agents) }, (key, value) =>
    key === "online" ? undefined : value,
  );
}

/** The file's text. */
export function stateText({ savedSeconds, agents, ...rest }: State): string {
  const head = { tsmon_discover_state: VERSION, savedSeconds: Math.round(savedSeconds) };
  return `${JSON.stringify({ ...head, ...rest, agents: Object.fromEntries(agents) })}\n`;
}

/**
 * Reads the file's text.
 *
 * @throws {SyntaxError} If it is damaged, foreign or of another version. The message says what is wrong with it.
 */
export function parseState(content: string): State {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new SyntaxError("it is not JSON");
  }
  const parsed = StateFile.safeParse(value);
  if (!parsed.success) {
    throw new SyntaxError(`it is no state of this version of tsmon (${complaintOf(parsed.error, "the file")})`);
  }
  const { agents, ...rest } = parsed.data;
  return { ...rest, agents: agentsOf(agents) };
}

/** The state without the lists of other tailnets than those that are asked now, and without the agents of those lists. */
export function partOf(state: State, identities: Identities): State {
  const lists = Object.entries(state.sources) as [SourceName, readonly Device[]][];
  const own = lists.filter(([name]) => {
    const [before, now] = [state.identities?.[name], identities[name]];
    return before === undefined || now === undefined || before === now;
  });
  const ids = new Set(own.flatMap(([, devices]) => devices.map(({ id }) => id)));
  const agents = new Map([...state.agents].filter(([id]) => ids.has(id)));
  return { ...state, sources: Object.fromEntries(own), agents };
}

/** As strictly read as an agent's own answer, since the names become parts of URLs. */
function agentsOf(entries: Readonly<Record<string, unknown>>): Map<string, Advertisement> {
  return new Map(Object.entries(entries).map(([id, entry]) => [id, toAdvertisement(entry)]));
}
