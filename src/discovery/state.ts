import { z } from "zod";
import { type Advertisement, toAdvertisement } from "./advertisement.ts";
import { type Device, SOURCE_NAMES, type SourceName } from "./device.ts";

/** What outlives the process. */
export interface State {
  /** When a source gave the oldest of its lists, in seconds of Unix time. */
  readonly savedSeconds: number;
  /** Last good list by source. */
  readonly sources: Readonly<Partial<Record<SourceName, readonly Device[]>>>;
  /** Whether tailscaled had no network interface; absent when that was never known. */
  readonly isUserspace?: boolean | undefined;
  /** What agents told last, by the id of their device. */
  readonly agents: ReadonlyMap<string, Advertisement>;
}

/** Of the form below. One that cannot be read by older programs gets another number. */
const VERSION = 1;

const text = z.string().max(4096);

const DeviceEntry = z.object({
  id: text.min(1),
  name: text,
  dnsName: text.optional(),
  hostname: text,
  os: text.optional(),
  user: text.optional(),
  tags: z.array(text).max(1000),
  ipv4: text.optional(),
  ipv6: text.optional(),
  online: z.boolean().optional(),
  authorized: z.boolean().optional(),
  clientVersion: text.optional(),
  tailnet: text.optional(),
  api: text,
});

const StateFile = z.object({
  tsmon_discover_state: z.literal(VERSION),
  savedSeconds: z.number(),
  sources: z.partialRecord(z.enum(SOURCE_NAMES), z.array(DeviceEntry)),
  isUserspace: z.boolean().optional(),
  agents: z.record(z.string(), z.unknown()),
});

/** What is worth a write when it changes, as text. Who is online is not: that changes too often for a disk. */
export function lastingContent({ sources, isUserspace, agents }: State): string {
  return JSON.stringify({ sources, isUserspace, agents: Object.fromEntries(agents) }, (key, value) =>
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
    const [issue] = parsed.error.issues;
    throw new SyntaxError(`it is no state of this version of tsmon (${issue?.path.join(".")}: ${issue?.message})`);
  }
  const { agents, ...rest } = parsed.data;
  return { ...rest, agents: agentsOf(agents) };
}

/** As strictly read as an agent's own answer, since the names become parts of URLs. */
function agentsOf(entries: Readonly<Record<string, unknown>>): Map<string, Advertisement> {
  return new Map(Object.entries(entries).map(([id, entry]) => [id, toAdvertisement(entry)]));
}
