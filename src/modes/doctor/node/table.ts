import type { NodeContext } from "../context.ts";
import type { Check } from "../finding.ts";
import { agent } from "./agent.ts";
import { clock } from "./clock.ts";
import { disk } from "./disk.ts";
import { health } from "./health.ts";
import { listen } from "./listen.ts";
import { login } from "./login.ts";
import { network } from "./network.ts";
import { rules } from "./rules.ts";
import { tailscaled } from "./tailscaled.ts";
import { unit } from "./unit.ts";
import { version } from "./version.ts";

/** Every check of this node. The first finds what those after it look at. */
export const NODE_CHECKS: readonly Check<NodeContext>[] = [
  tailscaled,
  login,
  network,
  version,
  health,
  unit,
  listen,
  rules,
  agent,
  clock,
  disk,
];
