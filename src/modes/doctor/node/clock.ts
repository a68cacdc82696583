import { openLibc } from "../../../runtime/libc.ts";
import type { NodeContext } from "../context.ts";
import { type Check, ok, unknown, warn } from "../finding.ts";

/** `struct timex` of 64-bit Linux: its size, where `status` is, and the flag there of a clock that nothing sets. */
const TIMEX = { bytes: 208, status: 40, unsynchronized: 0x40 };

/** Whether the clock is kept right. Prometheus refuses what comes from the future, and keys end by the clock. */
export const clock: Check<NodeContext> = {
  subject: "clock",
  async run({ now }) {
    const year = now.getUTCFullYear();
    if (year < 2024) return [warn(`The clock says it is the year ${year}`, "Set it: timedatectl set-ntp true")];
    const timex = new Uint8Array(TIMEX.bytes);
    // Mode 0 only reads; -1 says that the system does not let us.
    if (Number(openLibc({ adjtimex: { parameters: ["buffer"], result: "i32" } }).adjtimex(timex)) < 0)
      return [unknown("The kernel does not tell how its clock is kept")];
    const status = new DataView(timex.buffer).getInt32(TIMEX.status, true);
    if ((status & TIMEX.unsynchronized) === 0) return [ok("The clock is synchronized")];
    return [
      warn(
        "Nothing keeps this host's clock right, as far as the kernel knows",
        "Turn on NTP: timedatectl set-ntp true",
      ),
    ];
  },
};
