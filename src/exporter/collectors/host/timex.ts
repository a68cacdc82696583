import { type Collector, NoData } from "../../collector.ts";
import { counter, gauge } from "../../metric.ts";
import type { ClockState, HostSource } from "./source.ts";

const OFFSET = gauge("node_timex_offset_seconds", "Time offset in between local system and reference clock.");
const FREQUENCY = gauge("node_timex_frequency_adjustment_ratio", "Local clock frequency adjustment.");
const MAX_ERROR = gauge("node_timex_maxerror_seconds", "Maximum error in seconds.");
const ESTIMATED_ERROR = gauge("node_timex_estimated_error_seconds", "Estimated error in seconds.");
const STATUS = gauge("node_timex_status", "Value of the status array bits.");
const TIME_CONSTANT = gauge("node_timex_loop_time_constant", "Phase-locked loop time constant.");
const TICK = gauge("node_timex_tick_seconds", "Seconds between clock ticks.");
const PPS_FREQUENCY = gauge("node_timex_pps_frequency_hertz", "Pulse per second frequency.");
const PPS_JITTER = gauge("node_timex_pps_jitter_seconds", "Pulse per second jitter.");
const PPS_SHIFT = gauge("node_timex_pps_shift_seconds", "Pulse per second interval duration.");
const PPS_STABILITY = gauge(
  "node_timex_pps_stability_hertz",
  "Pulse per second stability, average of recent frequency changes.",
);
const PPS_JITTER_EXCEEDED = counter(
  "node_timex_pps_jitter_total",
  "Pulse per second count of jitter limit exceeded events.",
);
const PPS_CALIBRATIONS = counter(
  "node_timex_pps_calibration_total",
  "Pulse per second count of calibration intervals.",
);
const PPS_ERRORS = counter("node_timex_pps_error_total", "Pulse per second count of calibration errors.");
const PPS_STABILITY_EXCEEDED = counter(
  "node_timex_pps_stability_exceeded_total",
  "Pulse per second count of stability limit exceeded events.",
);
const TAI_OFFSET = gauge("node_timex_tai_offset_seconds", "International Atomic Time (TAI) offset.");
const SYNC_STATUS = gauge("node_timex_sync_status", "Is clock synchronized to a reliable server (1 = yes, 0 = no).");

/** `state` of a clock that nothing synchronizes. */
const TIME_ERROR = 5;
/** Bit of `status`: offset and jitter are in nanoseconds, else in microseconds. */
const STA_NANO = 0x2000;

const NANOSECONDS_PER_SECOND = 1e9;
const MICROSECONDS_PER_SECOND = 1e6;
/** Frequencies are in parts per million with 16 bits after the point. */
const SCALED_PPM = 1e6 * 65536;

/** The kernel's clock and how well it is kept, from adjtimex(2). */
export function timex(): Collector<HostSource> {
  return {
    name: "timex",
    metrics: () => [
      ...[OFFSET, FREQUENCY, MAX_ERROR, ESTIMATED_ERROR, STATUS, TIME_CONSTANT, TICK, PPS_FREQUENCY, PPS_JITTER],
      ...[PPS_SHIFT, PPS_STABILITY, PPS_JITTER_EXCEEDED, PPS_CALIBRATIONS, PPS_ERRORS, PPS_STABILITY_EXCEEDED],
      ...[TAI_OFFSET, SYNC_STATUS],
    ],
    collect: (source) => timexSamples(readClock(source)),
  };
}

function readClock({ adjtimex }: HostSource): ClockState {
  try {
    return adjtimex();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // As in a container, or in a service with ProtectClock=yes.
    if (code === "EPERM" || code === "EACCES") throw new NoData("adjtimex is not permitted", { cause: error });
    throw error;
  }
}

/** Samples of a clock, in seconds and ratios. */
export function timexSamples(clock: ClockState) {
  const unitsPerSecond = (clock.status & STA_NANO) === 0 ? MICROSECONDS_PER_SECOND : NANOSECONDS_PER_SECOND;
  return [
    SYNC_STATUS.sample(clock.state === TIME_ERROR ? 0 : 1),
    OFFSET.sample(clock.offset / unitsPerSecond),
    FREQUENCY.sample(1 + clock.freq / SCALED_PPM),
    MAX_ERROR.sample(clock.maxerror / MICROSECONDS_PER_SECOND),
    ESTIMATED_ERROR.sample(clock.esterror / MICROSECONDS_PER_SECOND),
    STATUS.sample(clock.status),
    TIME_CONSTANT.sample(clock.constant),
    TICK.sample(clock.tick / MICROSECONDS_PER_SECOND),
    PPS_FREQUENCY.sample(clock.ppsfreq / SCALED_PPM),
    PPS_JITTER.sample(clock.jitter / unitsPerSecond),
    PPS_SHIFT.sample(clock.shift),
    PPS_STABILITY.sample(clock.stabil / SCALED_PPM),
    PPS_JITTER_EXCEEDED.sample(clock.jitcnt),
    PPS_CALIBRATIONS.sample(clock.calcnt),
    PPS_ERRORS.sample(clock.errcnt),
    PPS_STABILITY_EXCEEDED.sample(clock.stbcnt),
    TAI_OFFSET.sample(clock.tai),
  ];
}
