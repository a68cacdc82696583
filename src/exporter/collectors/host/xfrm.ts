import type { Collector } from "../../collector.ts";
import { counter, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import type { HostSource } from "./source.ts";

/** Family of each counter (the kernel's Documentation/networking/xfrm_proc.rst). */
const COUNTERS = (
  [
    ["XfrmInError", "in_error", "All errors not matched by other"],
    ["XfrmInBufferError", "in_buffer_error", "No buffer is left"],
    ["XfrmInHdrError", "in_hdr_error", "Header error"],
    [
      "XfrmInNoStates",
      "in_no_states",
      "No state is found i.e. Either inbound SPI, address, or IPsec protocol at SA is wrong",
    ],
    ["XfrmInStateProtoError", "in_state_proto_error", "Transformation protocol specific error e.g. SA key is wrong"],
    ["XfrmInStateModeError", "in_state_mode_error", "Transformation mode specific error"],
    ["XfrmInStateSeqError", "in_state_seq_error", "Sequence error i.e. Sequence number is out of window"],
    ["XfrmInStateExpired", "in_state_expired", "State is expired"],
    ["XfrmInStateMismatch", "in_state_mismatch", "State has mismatch option e.g. UDP encapsulation type is mismatch"],
    ["XfrmInStateInvalid", "in_state_invalid", "State is invalid"],
    [
      "XfrmInTmplMismatch",
      "in_tmpl_mismatch",
      "No matching template for states e.g. Inbound SAs are correct but SP rule is wrong",
    ],
    ["XfrmInNoPols", "in_no_pols", "No policy is found for states e.g. Inbound SAs are correct but no SP is found"],
    ["XfrmInPolBlock", "in_pol_block", "Policy discards"],
    ["XfrmInPolError", "in_pol_error", "Policy error"],
    ["XfrmOutError", "out_error", "All errors which is not matched others"],
    ["XfrmOutBundleGenError", "out_bundle_gen_error", "Bundle generation error"],
    ["XfrmOutBundleCheckError", "out_bundle_check_error", "Bundle check error"],
    ["XfrmOutNoStates", "out_no_states", "No state is found"],
    ["XfrmOutStateProtoError", "out_state_proto_error", "Transformation protocol specific error"],
    ["XfrmOutStateModeError", "out_state_mode_error", "Transformation mode specific error"],
    ["XfrmOutStateSeqError", "out_state_seq_error", "Sequence error i.e. Sequence number overflow"],
    ["XfrmOutStateExpired", "out_state_expired", "State is expired"],
    ["XfrmOutPolBlock", "out_pol_block", "Policy discards"],
    ["XfrmOutPolDead", "out_pol_dead", "Policy is dead"],
    ["XfrmOutPolError", "out_pol_error", "Policy error"],
    ["XfrmFwdHdrError", "fwd_hdr_error", "Forward routing of a packet is not allowed"],
    ["XfrmOutStateInvalid", "out_state_invalid", "State is invalid, perhaps expired"],
    ["XfrmAcquireError", "acquire_error", "State hasn’t been fully acquired before use"],
  ] as const
).map(([key, name, help]) => [key, counter(`node_xfrm_${name}_packets_total`, help)] as const);

/** Packets that IPsec dropped, by reason, from `net/xfrm_stat` in procfs, which kernels with CONFIG_XFRM_STATISTICS have. */
export function xfrm(): Collector<HostSource> {
  return {
    name: "xfrm",
    metrics: () => COUNTERS.map(([, metric]) => metric),
    collect({ paths }) {
      return xfrmSamples(readText(`${paths.procfs}/net/xfrm_stat`));
    },
  };
}

/** Samples of all counters; one that the kernel does not have says 0, as it does in node_exporter. */
export function xfrmSamples(text: string): Sample[] {
  const cursor = new Cursor(text, "net/xfrm_stat");
  const values = new Map<string, number>();
  while (cursor.nextLine()) {
    values.set(cursor.field(), cursor.integer());
    if (cursor.hasField()) throw cursor.error();
  }
  return COUNTERS.map(([key, metric]) => metric.sample(values.get(key) ?? 0));
}
