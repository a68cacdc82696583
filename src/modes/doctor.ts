import process from "node:process";
import { LocalApi } from "../localapi/client.ts";
import { findTailscaled, systemProbe } from "../localapi/socket.ts";
import type { NodeContext } from "./doctor/context.ts";
import { diagnose } from "./doctor/finding.ts";
import { HOST_CHECKS } from "./doctor/host/table.ts";
import { NODE_CHECKS } from "./doctor/node/table.ts";
import { isWell, reportJson, reportText } from "./doctor/report.ts";
import { DOCTOR, type DoctorSettings } from "./doctor/settings.ts";
import { resolveCommand } from "./shared/command.ts";

/** `tsmon doctor [HOST]`; returns the exit code: 0 all is well, 1 something is wrong. */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  const resolved = await resolveCommand(DOCTOR, argv);
  return typeof resolved === "number" ? resolved : examine(resolved.settings);
}

async function examine(settings: DoctorSettings): Promise<number> {
  const { env, platform, stdout } = process;
  const colour = Boolean(stdout.isTTY) && !env.NO_COLOR;
  const address = () => findTailscaled({ socket: settings.socket, env, platform, probe: systemProbe });
  const found = address();
  const context: NodeContext = {
    api: new LocalApi({ address, timeoutSeconds: settings.timeout }),
    settings,
    socket: "socketPath" in found ? found.socketPath : `127.0.0.1:${found.port}`,
    env,
    now: new Date(),
  };
  const [name] = settings.host;
  const findings =
    name === undefined ? await diagnose(NODE_CHECKS, context) : await diagnose(HOST_CHECKS, { ...context, name });
  stdout.write(settings.json ? reportJson(name, findings) : reportText(findings, colour));
  return isWell(findings) ? 0 : 1;
}
