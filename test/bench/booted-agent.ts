import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DebianRoot } from "../e2e/debian-root.ts";
import { freePort } from "../free-port.ts";
import { firstAnswer } from "./server.ts";

/** What one start of the service took. */
export interface ServiceStart {
  /** From systemd's fork to the execution of the program: systemd builds the sandbox. */
  readonly sandboxMs: number;
  /** From then to the end of the first good answer. */
  readonly startMs: number;
}

/**
 * Installs the agent as most people do, without a flag, and then does what it is told to; prints when systemd forked. Bash knows
 * the time to the microsecond, and notes it in the sandbox before it becomes the program.
 */
const script = (port: number) => `
mkdir -p /etc/systemd/system/tsmon-agent.service.d
cat >/etc/systemd/system/tsmon-agent.service.d/time.conf <<'END'
[Unit]
StartLimitIntervalSec=0
[Service]
Environment=TSMON_AGENT_WEB_LISTEN=127.0.0.1:${port}
ExecStart=
ExecStart=/bin/bash -c 'echo $$EPOCHREALTIME >$$STATE_DIRECTORY/executed; exec tsmon agent --config.file=/etc/tsmon/agent.yaml'
END
tsmon install agent
systemctl stop tsmon-agent
while read -r verb; do
  systemctl $verb tsmon-agent
  forked=$(systemctl show --timestamp=us+utc -P ExecMainStartTimestamp tsmon-agent)
  date -d "\${forked:-now}" +%s.%6N >/root/answers
done </root/orders
`;

/** The agent as `tsmon install` makes it a service, in a clean Debian that runs until its scope ends. */
export class BootedAgent implements AsyncDisposable {
  readonly #root = new DebianRoot();
  #url = "";
  #orders!: FileHandle;
  #end!: Promise<unknown>;
  /** Rejects when the machine is off. */
  #failure!: Promise<never>;

  static async boot(): Promise<BootedAgent> {
    const agent = new BootedAgent();
    try {
      await agent.#boot();
      return agent;
    } catch (error) {
      agent.#root[Symbol.dispose]();
      throw error;
    }
  }

  async #boot(): Promise<void> {
    const port = await freePort();
    this.#root.addProgram();
    execFileSync("mkfifo", [this.#file("orders"), this.#file("answers")]);
    this.#url = `http://127.0.0.1:${port}/metrics`;
    const end = this.#root.boot(script(port));
    this.#end = end;
    this.#failure = end.then((said) => {
      throw new Error(`Cannot measure the service: its machine is off, and said\n${said}`);
    });
    this.#failure.catch(() => {});
    this.#orders = await this.#unlessOff(open(this.#file("orders"), "w")); // opens when the script reads
  }

  /** Starts the service, scrapes it, and stops it. */
  async start(): Promise<ServiceStart> {
    const answered = this.#unlessOff(firstAnswer(this.#url).then(wallClockMs));
    const forkedMs = Number(await this.#order("start")) * 1000;
    const executedMs = Number(readFileSync(join(this.#root.path, "var/lib/tsmon/agent/executed"), "latin1")) * 1000;
    const answeredMs = await answered;
    await this.#order("stop");
    return { sandboxMs: executedMs - forkedMs, startMs: answeredMs - executedMs };
  }

  async #order(verb: string): Promise<string> {
    await this.#orders.write(`${verb}\n`);
    return this.#unlessOff(readFile(this.#file("answers"), "latin1"));
  }

  #unlessOff<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failure]);
  }

  #file(name: string): string {
    return join(this.#root.path, "root", name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#orders.close();
    await this.#end;
    this.#root[Symbol.dispose]();
  }
}

/** As bash's EPOCHREALTIME has it. */
function wallClockMs(): number {
  return performance.timeOrigin + performance.now();
}
