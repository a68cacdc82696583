import type { Metric } from "../exporter/metric.ts";

/** How asking a device for its metrics can end. */
export const LIVE_OUTCOMES = [
  "ok",
  /** The host refuses connections on the ports: nothing serves there. */
  "refused",
  /** No route, or no connection through tailscaled. */
  "unreachable",
  "timeout",
  /** The answer is no, or a redirect, which is not followed. */
  "denied",
  /** The answer holds no metrics. */
  "nonsense",
  /** The answer has more bytes or series than are read. */
  "too_large",
] as const;
export type LiveOutcome = (typeof LIVE_OUTCOMES)[number];

/** A series as a device tells it, without the labels that say which device. Shared by all that tell it. */
export interface LiveSeries {
  readonly metric: Metric;
  /** Labels of its own, sorted by name. */
  readonly labels: readonly (readonly [name: string, value: string])[];
}

/** What is known of a device's own metrics. */
export interface LiveAnswer {
  /** Of the newest attempt. */
  readonly outcome: LiveOutcome;
  /** Whether the device was connected to the control plane then. */
  readonly wasOnline: boolean;
  /** Who answered: its agent, or tailscaled's web client. */
  readonly source?: "agent" | "webclient" | undefined;
  readonly lastSuccessSeconds?: number | undefined;
  /** Series and their values, of the last good answer. Empty when that is too old. */
  readonly series: readonly LiveSeries[];
  readonly values: readonly number[];
}
