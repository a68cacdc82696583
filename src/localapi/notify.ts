import * as z from "zod/mini";
import { parseJson } from "./decode.ts";

/** One standing health warning (upstream: health.UnhealthyState). It is over when it is no longer listed. */
const HealthWarning = z.lazy(() =>
  z.object({
    /** `high`, `medium`, `low`, or a newer one. */
    Severity: z.string(),
  }),
);
export type HealthWarning = z.infer<typeof HealthWarning>;

const NotifyLine = z.lazy(() =>
  z.object({
    Health: z.nullish(z.object({ Warnings: z.nullish(z.record(z.string(), HealthWarning)) })),
  }),
);

/** A message of the IPN bus (upstream: ipn.Notify): that something changed, and of health, what. */
export interface Notify {
  /** All standing warnings by code, null when there is none. Absent when health did not change. */
  readonly Health?:
    | { readonly Warnings?: Readonly<Record<string, HealthWarning>> | null | undefined }
    | null
    | undefined;
  /**
   * Whether it says nothing at all, or only how much traffic there is. tailscaled 1.102 sends some dozens a second of such
   * messages while many peers are connected to for the first time.
   */
  readonly isEmpty: boolean;
}

/** Stands for a message too long to read, of which nothing but the fact that something changed is known. */
export const SKIPPED_NOTIFY: Notify = { isEmpty: false };

/**
 * The message on one line of the bus.
 *
 * @throws {SyntaxError | z.core.$ZodError} If the line is not JSON or a field has another type.
 */
export function parseNotify(line: string): Notify {
  const value = parseJson(line);
  return { ...NotifyLine.parse(value), isEmpty: isEmpty(value as object) };
}

/** Members that a message may have though nothing has changed. */
const IDLE_MEMBERS: ReadonlySet<string> = new Set(["Version", "Engine"]);

function isEmpty(message: object): boolean {
  return Object.entries(message).every(([name, value]) => value === null || IDLE_MEMBERS.has(name));
}
