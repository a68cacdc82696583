import { readFileSync } from "node:fs";
import process from "node:process";
import { asksFor } from "../config/arguments.ts";
import { helpOf } from "../config/help.ts";
import { resolveSettings } from "../config/load.ts";
import { printSettings } from "../config/print.ts";
import { ConfigError } from "../config/problem.ts";
import { LocalApi } from "../localapi/client.ts";
import { findTailscaled, systemProbe } from "../localapi/socket.ts";
import type { NodeContext } from "./doctor/context.ts";
import { diagnose } from "./doctor/finding.ts";
import { HOST_CHECKS } from "./doctor/host/table.ts";
import { NODE_CHECKS } from "./doctor/node/table.ts";
import { isWell, reportJson, reportText } from "./doctor/report.ts";
import { DOCTOR_HELP, type DoctorSettings, DoctorSettings as Schema } from "./doctor/settings.ts";

/** `tsmon doctor [HOST]`; returns the exit code: 0 all is well, 1 something is wrong. */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  const { env, stdout, stderr } = process;
  const colour = Boolean(stdout.isTTY) && !env.NO_COLOR;
  if (asksFor(argv) === "help") {
    stdout.write(helpOf(DOCTOR_HELP, { columns: stdout.columns, colour }));
    return 0;
  }
  const readFile = async (path: string) => readFileSync(path, "utf8");
  try {
    const resolved = await resolveSettings({ schema: Schema, mode: "doctor", argv, env, readFile, positional: "host" });
    const { settings, given } = resolved;
    if (settings["config.print"]) stdout.write(await printSettings(Schema, given));
    if (settings["config.check"] || settings["config.print"]) return 0;
    return await examine(settings, colour);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function examine(settings: DoctorSettings, colour: boolean): Promise<number> {
  const { env, platform, stdout } = process;
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
