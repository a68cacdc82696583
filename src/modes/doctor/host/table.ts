import type { HostContext } from "../context.ts";
import type { Check } from "../finding.ts";
import { login } from "../node/login.ts";
import { tailscaled } from "../node/tailscaled.ts";
import { answer } from "./answer.ts";
import { discover } from "./discover.ts";
import { known } from "./known.ts";
import { ping } from "./ping.ts";
import { port } from "./port.ts";

/** Every check of another host, each of use only after those before it. */
export const HOST_CHECKS: readonly Check<HostContext>[] = [tailscaled, login, known, ping, port, answer, discover];
