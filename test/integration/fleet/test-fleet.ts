import { freePort } from "../../free-port.ts";
import { eventually } from "../../lab/eventually.ts";
import { Tsmon } from "../agent/tsmon.ts";

/** A fleet that serves on loopback alone, and refreshes fast. */
export class TestFleet extends Tsmon {
  readonly url: string;

  private constructor(port: number, args: readonly string[], env: Readonly<Record<string, string>>) {
    super(
      ["fleet", "--web.listen", `127.0.0.1:${port}`, "--refresh", "200ms", "--refresh.slow", "300ms", ...args],
      env,
    );
    this.url = `http://127.0.0.1:${port}`;
  }

  /** One that serves already, though perhaps knows nothing yet. */
  static async start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<TestFleet> {
    const fleet = new TestFleet(await freePort(), args, env);
    await fleet.says(/ info Serving the fleet on /);
    return fleet;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers });
  }

  async text(path = "/metrics"): Promise<string> {
    const response = await this.get(path);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`Cannot get ${path}: ${response.status} ${text}`);
    return text;
  }

  /** Values by series. */
  async series(): Promise<Map<string, number>> {
    const lines = (await this.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
  }

  /** The series, once they are as wanted. */
  async sees(what: string, look: (series: Map<string, number>) => boolean): Promise<Map<string, number>> {
    let last: Map<string, number> | undefined;
    try {
      const seen = async () => {
        last = await this.series();
        return look(last) && last;
      };
      return await eventually(what, seen, 10);
    } catch (error) {
      const parts = [...(last ?? [])].filter(
        ([name]) => name.startsWith("tsmon_fleet_part") || name.startsWith("tailscale_up"),
      );
      throw new Error(`${(error as Error).message}\n${parts.join("\n")}\n${this.log.join("\n")}`);
    }
  }
}

/** Value of the one series of a family that has all of these texts in its name. */
export function one(
  series: ReadonlyMap<string, number>,
  family: string,
  ...texts: readonly string[]
): number | undefined {
  const found = [...series].filter(
    ([name]) => name.startsWith(`${family}{`) && texts.every((text) => name.includes(text)),
  );
  if (found.length > 1) throw new Error(`${family} ${texts} stands for ${found.length} series`);
  return found[0]?.[1];
}

/** Sum over the series of a family. */
export function sum(series: ReadonlyMap<string, number>, family: string): number {
  return [...series].reduce((total, [name, value]) => total + (name.startsWith(`${family}{`) ? value : 0), 0);
}

/** Number of series of a family. */
export function size(series: ReadonlyMap<string, number>, family: string): number {
  return [...series.keys()].filter((name) => name.startsWith(`${family}{`)).length;
}
