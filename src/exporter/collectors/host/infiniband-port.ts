import { counter, type Metric } from "../../metric.ts";

/** A counter of a port. */
export const port = (name: string, help: string) => counter(`node_infiniband_${name}_total`, help, ["device", "port"]);

/** Files of one of a port's folders, and the families of the numbers in them. */
export type Rows = readonly (readonly [file: string, metric: Metric<"device" | "port">])[];
