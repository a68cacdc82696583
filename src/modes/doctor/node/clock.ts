import { adjtimex } from "../../../runtime/adjtimex.ts";
import type { NodeContext } from "../context.ts";
import { type Check, ok, warn } from "../finding.ts";

/** STA_UNSYNC, the status of a clock that nothing sets (adjtimex(2)). */
const UNSYNCHRONIZED = 0x40;

/** Whether the clock is kept right. Prometheus refuses what comes from the future, and keys end by the clock. */
export const clock: Check<NodeContext> = {
  subject: "clock",
  async run({ now }) {
    const year = now.getUTCFullYear();
    if (year < 2024) return [warn(`The clock says it is the year ${year}`, "Set it: timedatectl set-ntp true")];
    const { status } = adjtimex(); // throws where the system does not let us, which is a finding too
    if ((status & UNSYNCHRONIZED) === 0) return [ok("The clock is synchronized")];
    return [
      warn(
        "Nothing keeps this host's clock right, as far as the kernel knows",
        "Turn on NTP: timedatectl set-ntp true",
      ),
    ];
  },
};
