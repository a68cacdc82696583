import * as z from "zod";
import { parseJson } from "./decode.ts";
import { BACKEND_STATES } from "./schema.ts";

/** One standing health warning (upstream: health.UnhealthyState). It is over when it is no longer listed. */
export const HealthWarning = z.object({
  WarnableCode: z.string(),
  /** `high`, `medium`, `low`, or a newer one. */
  Severity: z.string(),
  Title: z.string(),
  Text: z.string(),
  BrokenSince: z.string().nullish(),
  DependsOn: z.array(z.string()).nullish(),
  ImpactsConnectivity: z.boolean().optional(),
});
export type HealthWarning = z.infer<typeof HealthWarning>;

const NotifyLine = z.object({
  Version: z.string().optional(),
  ErrMessage: z.string().nullish(),
  State: z
    .int()
    .nullish()
    .transform((state) => (state == null ? undefined : (BACKEND_STATES[state] ?? `State${state}`))),
  Health: z.object({ Warnings: z.record(z.string(), HealthWarning).nullish() }).nullish(),
  SelfChange: z
    .unknown()
    .optional()
    .transform((change) => change != null),
});

/** A message of the IPN bus (upstream: ipn.Notify): that something changed, and for some things what. */
export interface Notify {
  readonly Version?: string | undefined;
  /** Why tailscaled is about to end the stream, or could not do its work. */
  readonly ErrMessage?: string | null | undefined;
  /** Name of the backend's new state, one of {@linkcode BACKEND_STATES} or a newer one. Absent when it did not change. */
  readonly State?: string | undefined;
  /** All standing warnings by code, null when there is none. Absent when health did not change. */
  readonly Health?:
    | { readonly Warnings?: Readonly<Record<string, HealthWarning>> | null | undefined }
    | null
    | undefined;
  /** Whether this node itself changed in the network map. */
  readonly SelfChange: boolean;
  /** Whether the message was too long to read. Then nothing but the fact that something changed is known. */
  readonly skipped: boolean;
  /**
   * Whether it says nothing at all, or only how much traffic there is. tailscaled 1.102 sends some dozens a second of such
   * messages while many peers are connected to for the first time.
   */
  readonly isEmpty: boolean;
}

/** Stands for a message too long to read. */
export const SKIPPED_NOTIFY: Notify = { SelfChange: false, skipped: true, isEmpty: false };

/**
 * The message on one line of the bus.
 *
 * @throws {SyntaxError | z.ZodError} If the line is not JSON or a field has another type.
 */
export function parseNotify(line: string): Notify {
  const value = parseJson(line);
  return { ...NotifyLine.parse(value), skipped: false, isEmpty: isEmpty(value as object) };
}

/** Members that a message may have though nothing has changed. */
const IDLE_MEMBERS: ReadonlySet<string> = new Set(["Version", "Engine"]);

function isEmpty(message: object): boolean {
  return Object.entries(message).every(([name, value]) => value === null || IDLE_MEMBERS.has(name));
}
