import type { FleetDevice } from "./device.ts";
import type { LiveOutcome } from "./live.ts";

/** What the control plane, the device itself and this node say of a device, in one word. */
export const DEVICE_STATES = ["online", "agent_down", "unreachable", "control_lost", "offline"] as const;
export type DeviceState = (typeof DEVICE_STATES)[number];

/** What the state of a device is concluded from. */
export interface Evidence {
  readonly device: FleetDevice;
  /** By the control plane. */
  readonly online: boolean;
  /** How asking the device ended; undefined when it was not asked. */
  readonly outcome?: LiveOutcome | undefined;
  /** Whether it has answered before. */
  readonly answeredBefore: boolean;
  readonly nowSeconds: number;
}

/** WireGuard renews a session in use every two minutes. */
const HANDSHAKE_SECONDS = 180;

/**
 * The state of a device:
 *
 * - `online`: connected to the control plane, and nothing speaks against it.
 * - `agent_down`: connected, and the host is reachable, but what answered there before does no more.
 * - `unreachable`: connected, but it answers nothing any more, and no traffic of this node reaches it.
 * - `control_lost`: not connected, but it answers, or has a live session with this node.
 * - `offline`: not connected, and nothing is heard of it.
 */
export function stateOf({ device, online, outcome, answeredBefore, nowSeconds }: Evidence): DeviceState {
  const isReached = outcome === "ok" || hasSession(device, nowSeconds);
  // A session may be from before control lost it.
  const isHeard =
    isReached && (outcome === "ok" || (device.lastHandshakeSeconds ?? 0) > (device.lastSeenSeconds ?? nowSeconds));
  if (!online) return isHeard ? "control_lost" : "offline";
  if (outcome === undefined || outcome === "ok" || !answeredBefore) return "online";
  return outcome === "unreachable" || outcome === "timeout" ? (isReached ? "agent_down" : "unreachable") : "agent_down";
}

function hasSession({ path, lastHandshakeSeconds }: FleetDevice, nowSeconds: number): boolean {
  if (path === undefined || path === "idle" || lastHandshakeSeconds === undefined) return false;
  return nowSeconds - lastHandshakeSeconds < HANDSHAKE_SECONDS;
}
