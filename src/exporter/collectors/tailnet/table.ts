import type * as z from "zod/mini";
import type { Collector } from "../../collector.ts";
import { derp } from "./derp.ts";
import { health } from "./health.ts";
import { mesh } from "./mesh.ts";
import { node } from "./node.ts";
import { peers, peersSettings } from "./peers.ts";
import type { TailnetSource } from "./source.ts";
import { up } from "./up.ts";
import { userMetrics } from "./usermetrics.ts";

/** A row of {@linkcode TAILNET_COLLECTORS}. */
export interface TailnetCollector {
  readonly name: string;
  readonly byDefault: boolean;
  /** Its settings by flag name. */
  readonly settings: z.core.$ZodShape;
  readonly create: (settings: never) => Collector<TailnetSource>;
}

/** Every collector of tailscaled, in the order of --help. To add one: write its file, add its row. */
export const TAILNET_COLLECTORS = [
  { name: "tailscale_up", byDefault: true, settings: {}, create: up },
  { name: "tailscale_node", byDefault: true, settings: {}, create: node },
  { name: "tailscale_peers", byDefault: true, settings: peersSettings, create: peers },
  { name: "tailscale_derp", byDefault: true, settings: {}, create: derp },
  { name: "tailscale_health", byDefault: true, settings: {}, create: health },
  { name: "tailscale_usermetrics", byDefault: true, settings: {}, create: userMetrics },
  { name: "tailscale_mesh", byDefault: false, settings: {}, create: mesh },
] as const satisfies readonly TailnetCollector[];
