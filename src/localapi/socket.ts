import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";

/** Where a tailscaled answers: a Unix socket, or on macOS with the Tailscale app a loopback port with a token. */
export type TailscaledAddress = { readonly socketPath: string } | { readonly port: number; readonly token: string };

/** What finding the socket asks of the file system. */
export interface SocketProbe {
  /** Whether there is a tailscaled socket at the path that may be believed. */
  isSocket(path: string): boolean;
  /** Target of a symbolic link, undefined when it cannot be read. */
  readLink(path: string): string | undefined;
  /** Text of a file, undefined when it cannot be read. */
  readText(path: string): string | undefined;
}

/** What decides where tailscaled is looked for. */
export interface SocketSearch {
  /** Path that the user named, if any. */
  readonly socket: string | undefined;
  readonly env: { readonly TS_SOCKET?: string | undefined };
  /** As in `process.platform`. */
  readonly platform: string;
  readonly probe: SocketProbe;
}

/**
 * Where tailscaled answers: the named socket, else `TS_SOCKET`, else the platform's first usual place that exists, else
 * the most usual, so that the error of the call names it. Cheap enough to be asked at every call: a tailscaled
 * that starts later, or again, may answer elsewhere.
 *
 * The App Store's macOS app is not found: it tells its port only to a program that lists the open files of its process.
 */
export function findTailscaled({ socket, env, platform, probe }: SocketSearch): TailscaledAddress {
  const named = socket || env.TS_SOCKET;
  if (named) return { socketPath: named };
  const app = platform === "darwin" ? macApp(probe) : undefined;
  if (app) return app;
  const [usual, ...others] = platform === "darwin" ? MACOS_SOCKETS : UNIX_SOCKETS;
  return { socketPath: [usual, ...others].find((path) => probe.isSocket(path)) ?? usual };
}

/** Open-source tailscaled on macOS. Source: paths/paths.go. */
const MACOS_SOCKETS = ["/var/run/tailscaled.socket"] as const;

/** Source: paths/paths.go, and for the last the container image's default of `TS_SOCKET`. */
const UNIX_SOCKETS = [
  "/var/run/tailscale/tailscaled.sock",
  "/run/tailscale/tailscaled.sock",
  "/var/packages/Tailscale/var/tailscaled.sock", // Synology DSM 7
  "/var/packages/Tailscale/etc/tailscaled.sock", // Synology DSM 6
  "/perm/tailscaled/tailscaled.sock", // gokrazy
  "/tmp/tailscale/tailscaled.sock", // QNAP
  "/tmp/tailscaled.sock",
] as const;

/** The standalone macOS app: its port is the target of a link, its token a file that administrators can read. */
function macApp(probe: SocketProbe): TailscaledAddress | undefined {
  const port = Number(probe.readLink("/Library/Tailscale/ipnport"));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  const token = probe.readText(`/Library/Tailscale/sameuserproof-${port}`)?.trim();
  return token ? { port, token } : undefined;
}

/** The file system of this machine. */
export const systemProbe: SocketProbe = {
  isSocket(path) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat?.isSocket()) return false;
    // Anyone may put a socket into /tmp and say of every caller what they like.
    return !path.startsWith("/tmp/") || stat.uid === 0 || stat.uid === process.getuid?.();
  },
  readLink: (path) => ifReadable(() => readlinkSync(path)),
  readText: (path) => ifReadable(() => readFileSync(path, "utf8")),
};

function ifReadable(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined; // the app is not installed, or this user is no administrator
  }
}
