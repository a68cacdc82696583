import type { Log } from "../../log.ts";
import type { NotifySocket } from "../../runtime/notify-socket.ts";

/** Tells a service manager how it stands with this process, by the protocol of sd_notify(3). */
export interface ServiceManager {
  /** The start, or a reload, is over. The status is a sentence for people. */
  ready(status: string): void;
  /** The settings are being read again; {@linkcode ready} is to follow, whatever comes of it. */
  reloading(): void;
  /** The process is about to end. */
  stopping(): void;
}

/** Where the service manager is told of in the environment, and who asks. */
export interface ServiceManagerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly log: Log;
}

/** How long the service manager's full queue is tried again, in milliseconds: less than any start timeout. */
const RETRY = { intervalMs: 100, tries: 100 };

const NOBODY: ServiceManager = { ready() {}, reloading() {}, stopping() {} };

/**
 * The service manager that `NOTIFY_SOCKET` names; where there is none, one that hears nothing. A socket that cannot be used is
 * logged and is no reason not to run.
 */
export async function connectServiceManager({ env, pid, log }: ServiceManagerOptions): Promise<ServiceManager> {
  const { NOTIFY_SOCKET: address } = env;
  if (!address) return NOBODY;
  try {
    const { openNotifySocket } = await import("../../runtime/notify-socket.ts");
    const socket = openNotifySocket(address);
    keepWatchdogCalm(socket, watchdogSeconds(env, pid));
    return toServiceManager(socket, log);
  } catch (error) {
    log.warn(`Cannot tell the service manager: ${error instanceof Error ? error.message : error}`);
    return NOBODY;
  }
}

function toServiceManager(socket: NotifySocket, log: Log): ServiceManager {
  const send = (text: string, tries: number = RETRY.tries) => {
    if (socket.send(text)) return;
    if (tries === 0) log.warn("Cannot tell the service manager: it takes no messages");
    else setTimeout(() => send(text, tries - 1), RETRY.intervalMs).unref();
  };
  return {
    ready: (status) => send(`READY=1\nSTATUS=${status}`),
    // systemd takes a READY for this reload only if it comes after that time.
    reloading: () =>
      send(`RELOADING=1\nMONOTONIC_USEC=${socket.monotonicMicroseconds()}\nSTATUS=Reads its settings again`),
    stopping: () => send("STOPPING=1\nSTATUS=Finishes what is under way"),
  };
}

/** Half the time after which a silent process is taken for hung; undefined where nobody watches this process. */
export function watchdogSeconds(env: ServiceManagerOptions["env"], pid: number): number | undefined {
  const { WATCHDOG_USEC: microseconds = "", WATCHDOG_PID: watched = `${pid}` } = env;
  if (!/^[1-9]\d{0,14}$/.test(microseconds) || watched !== `${pid}`) return undefined;
  return Number(microseconds) / 2e6;
}

/** A process whose event loop stands still sends nothing. */
function keepWatchdogCalm(socket: NotifySocket, seconds: number | undefined): void {
  if (seconds !== undefined) setInterval(() => socket.send("WATCHDOG=1"), seconds * 1000).unref();
}
