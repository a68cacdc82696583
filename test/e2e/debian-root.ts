import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { BINARY } from "./binary.ts";

const SUITE = "bookworm";
const PACKAGES = "systemd,systemd-sysv,dbus,curl,adduser";
/** Longest time that the machine may take from its start to its end, in seconds. */
const LIFE_SECONDS = 400;

/** Why no Debian can be booted here; undefined where it can. */
export function debianObstacle(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "booting Debian needs Linux and root";
  const missing = ["debootstrap", "systemd-nspawn"].filter((name) => {
    return !["/usr/sbin", "/usr/bin"].some((folder) => existsSync(join(folder, name)));
  });
  return missing.length > 0 ? `${missing.join(" and ")} are not installed` : undefined;
}

/** A clean Debian, minimal but for systemd and curl, that boots in a container on this machine's network. */
export class DebianRoot implements Disposable {
  readonly #work = mkdtempSync(join(tmpdir(), "tsmon-debian-"));

  constructor() {
    execFileSync("cp", ["-a", baseRoot(), this.path]);
  }

  /** Its root folder. */
  get path(): string {
    return join(this.#work, "root");
  }

  /** Puts our program where install.sh puts it. */
  addProgram(): void {
    const folder = join(this.path, "usr/local/bin");
    mkdirSync(folder, { recursive: true });
    copyFileSync(BINARY, join(folder, "tsmon"));
    chmodSync(join(folder, "tsmon"), 0o755);
  }

  /**
   * Boots it, runs a script of bash in it as root, and turns it off. What the script prints, both streams.
   *
   * @param tailscaled Folder of a tailscaled's socket, which is at the usual place inside.
   */
  async boot(script: string, tailscaled?: string): Promise<string> {
    const units = join(this.path, "etc/systemd/system");
    writeFileSync(join(this.path, "root/script"), `exec >/root/output 2>&1\n${script}\n`);
    const exec = "ExecStart=-/bin/bash /root/script\nExecStartPost=systemctl --no-block poweroff";
    writeFileSync(join(units, "script.service"), `[Unit]\nAfter=multi-user.target\n[Service]\nType=oneshot\n${exec}\n`);
    mkdirSync(join(units, "default.target.wants"), { recursive: true });
    writeFileSync(join(units, "start-script.service"), START);
    execFileSync("ln", ["-sf", "../start-script.service", join(units, "default.target.wants/start-script.service")]);
    const nspawn = ["-D", this.path, "--boot", "--console=pipe", "--register=no", "--keep-unit", "--quiet"];
    nspawn.push(READS_CLOCK);
    if (tailscaled !== undefined) nspawn.push(`--bind=${tailscaled}:/run/tailscale`);
    const machine = spawn("systemd-nspawn", nspawn, { stdio: ["ignore", "ignore", "ignore"] });
    const timer = setTimeout(() => machine.kill("SIGKILL"), LIFE_SECONDS * 1000);
    await once(machine, "exit");
    clearTimeout(timer);
    return readFileSync(join(this.path, "root/output"), "utf8");
  }

  [Symbol.dispose](): void {
    rmSync(this.#work, { recursive: true, force: true });
  }
}

/** As on a host. Without CAP_SYS_TIME, which a container lacks, they read the clock's state and change nothing. */
const READS_CLOCK = "--system-call-filter=adjtimex clock_adjtime";

/** Starts the script without making the target wait for it, or it for the target. */
const START = "[Service]\nType=oneshot\nExecStart=systemctl --no-block start script.service\n";

/** A root that nothing has been done to, made once. */
function baseRoot(): string {
  const { TSMON_LAB_CACHE, XDG_CACHE_HOME } = process.env;
  const cache = TSMON_LAB_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tsmon-lab");
  const root = join(cache, `debian-${SUITE}-${process.arch}`);
  if (existsSync(root)) return root;
  process.stderr.write(`lab: making a Debian ${SUITE}\n`);
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(join(cache, ".debian-"));
  execFileSync("debootstrap", ["--variant=minbase", `--include=${PACKAGES}`, SUITE, join(temporary, "root")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (!existsSync(root)) renameSync(join(temporary, "root"), root); // another run may have made it meanwhile
  rmSync(temporary, { recursive: true, force: true });
  return root;
}
