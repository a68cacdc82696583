import { digest } from "../runtime/digest.ts";
import type { Device } from "./device.ts";
import { type Filter, wants } from "./filter.ts";
import { deviceLabels, type Labels } from "./labels.ts";
import { hostOf, hostPort, type Target } from "./target.ts";

/** A list as Prometheus reads it: one group a target. */
export interface Group {
  readonly targets: readonly string[];
  readonly labels: Labels;
}

/** A list, ready to be sent. */
export interface Answer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same for the same bytes. */
  readonly version: string;
}

/** What a list is made of: targets, every device on a port of the query's, or every device as tailscalesd lists it. */
export type View = "targets" | "devices" | "tailscalesd";

/** Views that have a name of their own, at which they are served. */
export const VIEWS: Readonly<Record<string, View>> = { devices: "devices", tailscalesd: "tailscalesd" };

/** The port of a device for which none is asked: that of HTTP, as Prometheus 2 had it. */
const DEFAULT_PORT = 80;

/** Answers that are kept: as many queries as a large set of Prometheus shards makes. */
const MAX_KEPT = 256;
/** Answers that are made before they are asked for. */
const MAX_PREPARED = 16;

/** A list that was made, and for whom. */
interface Kept {
  readonly answer: Answer;
  readonly view: View;
  readonly filter: Filter;
  readonly key: string;
  isUsed: boolean;
}

/** Lists made of one state of the tailnet. Each is made once. */
export class Answers {
  readonly targets: readonly Target[];
  readonly #devices: readonly Device[];
  readonly #kept = new Map<string, Kept>();

  constructor(targets: readonly Target[], devices: readonly Device[]) {
    this.targets = targets;
    this.#devices = devices;
  }

  /**
   * The list of a view that a filter wants.
   *
   * @param key Names the query, so that the same one is answered from memory.
   */
  answer(view: View, filter: Filter, key: string): Answer {
    const kept = this.#kept.get(`${view}?${key}`) ?? this.#make(view, filter, key);
    kept.isUsed = true;
    return kept.answer;
  }

  /** Makes the lists that were asked of another state, so that no request waits for them. */
  prepare(other: Answers): void {
    const used = [...other.#kept.values()].filter(({ isUsed }) => isUsed).slice(-MAX_PREPARED);
    for (const { view, filter, key } of used) this.#make(view, filter, key);
  }

  /** The groups of a list. */
  groups(view: View, filter: Filter): Group[] {
    const { targets } = this;
    const rows = view === "targets" ? targets : this.#devices.flatMap((device) => deviceRows(view, device, filter));
    return rows.filter((row) => wants(filter, row)).map(({ address, labels }) => ({ targets: [address], labels }));
  }

  #make(view: View, filter: Filter, key: string): Kept {
    const kept = { answer: answerOf(this.groups(view, filter)), view, filter, key, isUsed: false };
    // Strangers may ask for anything; the oldest goes.
    if (this.#kept.size >= MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(`${view}?${key}`, kept);
    return kept;
  }
}

/** A device as rows of a list that is not about agents. */
function deviceRows(view: View, device: Device, { port }: Filter): Target[] {
  const host = hostOf(device, "ipv4");
  if (host === undefined) return [];
  const ports = port.length > 0 ? port : [DEFAULT_PORT];
  const labels = deviceLabels(device);
  return ports.map((port) => {
    const address = view === "tailscalesd" ? host : hostPort(host, port);
    return { device, key: `${port}`, host, port, path: "/metrics", address, ownAddress: address, labels };
  });
}

function answerOf(groups: readonly Group[]): Answer {
  const bytes = new TextEncoder().encode(toJson(groups));
  const version = digest("sha256", bytes).toString("base64url").slice(0, 22);
  return { bytes, version };
}

/** The list as JSON, a group a line. Never `null`. */
export function toJson(groups: readonly Group[]): string {
  return `[${groups.map((group) => `\n${JSON.stringify(group)}`).join(",")}${groups.length > 0 ? "\n" : ""}]\n`;
}

/** The list as YAML. */
export function toYaml(groups: readonly Group[]): string {
  if (groups.length === 0) return "[]\n";
  return groups
    .map(({ targets, labels }) => {
      const pairs = Object.entries(labels).map(([name, value]) => `    ${name}: ${yamlText(value)}\n`);
      return `- targets: ${JSON.stringify(targets)}\n  labels:${pairs.length > 0 ? `\n${pairs.join("")}` : " {}\n"}`;
    })
    .join("");
}

/**
 * A text as in JSON, which YAML takes too, but in ASCII alone: for a single control character, which JSON has as it is, a
 * reader of YAML refuses the whole file.
 */
function yamlText(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/gu, (character) => {
    const digits = character.codePointAt(0)!.toString(16);
    return digits.length <= 4 ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
  });
}
