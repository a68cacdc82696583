import { LocalApi } from "../../localapi/client.ts";
import { findTailscaled, systemProbe } from "../../localapi/socket.ts";
import type { ModeOptions } from "./run.ts";
import type { SelfMetrics } from "./self.ts";

/** The tailscaled that a mode's settings name, looked for anew at each call; `self` counts the calls. */
export function localApiOf(
  { settings, env, platform }: ModeOptions<{ readonly socket?: string | undefined }>,
  self: SelfMetrics,
): LocalApi {
  return new LocalApi({
    address: () => findTailscaled({ socket: settings.socket, env, platform, probe: systemProbe }),
    observe: (call) => self.countCall(call),
  });
}
