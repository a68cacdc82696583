import { Buffer } from "node:buffer";
import { lstatSync } from "node:fs";
import type { Duplex } from "node:stream";
import { Received } from "./received.ts";

/** A stream of bytes in both directions, for one reader. Whoever made it closes it. */
export interface Connection {
  /** The next bytes, undefined when the other end has sent its last. Rejects when it breaks or is closed. */
  read(): Promise<Uint8Array | undefined>;
  /** Sends a few kilobytes, such as a request. Of bytes that are lost the reading tells. */
  write(text: string | Uint8Array): void;
  /** Ends it at once. May be called again. */
  close(): void;
}

/** What is connected to: a Unix socket, or a port of a host. */
export type Remote = { readonly path: string } | { readonly host: string; readonly port: number };

/** What of Bun we use here. Its type package clashes with Deno's. */
interface BunSocket {
  write(bytes: Uint8Array): number;
  pause(): void;
  resume(): void;
  end(): void;
}
interface BunHandlers {
  open(socket: BunSocket): void;
  data(socket: BunSocket, bytes: Uint8Array): void;
  drain(): void;
  end(): void;
  close(socket: BunSocket, error?: Error): void;
  error(socket: BunSocket, error: Error): void;
}
declare const Bun:
  | undefined
  | {
      connect(
        options: ({ unix: string } | { hostname: string; port: number }) & { socket: BunHandlers },
      ): Promise<BunSocket>;
    };

/**
 * Connects, until the signal aborts. Rejects with the system's error, which has a `code`.
 *
 * Without a signal it goes on for as long as the system tries, so that is for what is near: and on Bun without node:net,
 * which takes 8 MB of memory and 7 ms of a start. Bun's own sockets cannot be given up before they are open.
 */
export async function connect(to: Remote, signal?: AbortSignal): Promise<Connection> {
  // To look first halves what a call costs where there is no tailscaled, and such a host makes four a scrape.
  if ("path" in to && lstatSync(to.path, { throwIfNoEntry: false }) === undefined)
    throw Object.assign(new Error(`there is no ${to.path}`), { code: "ENOENT" });
  if (typeof Bun === "undefined" || signal) {
    const { connect: connectSocket } = await import("node:net");
    return opened(connectSocket(to), { signal });
  }
  const { promise, resolve } = Promise.withResolvers<Connection>();
  await Bun.connect({
    ...("path" in to ? { unix: to.path } : { hostname: to.host, port: to.port }),
    socket: bunHandlers(resolve),
  });
  return promise;
}

function bunHandlers(onOpen: (connection: Connection) => void): BunHandlers {
  let received: Received;
  let unsent: Uint8Array = new Uint8Array();
  let send = () => {};
  return {
    open(socket) {
      received = new Received(socket);
      send = () => {
        if (unsent.length > 0) unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
      };
      onOpen({
        read: () => received.next(),
        write(text) {
          unsent = Buffer.concat([unsent, Buffer.from(text)]);
          send();
        },
        close() {
          received.end(broken());
          socket.end();
        },
      });
    },
    data: (_socket, bytes) => received.add(bytes),
    drain: () => send(),
    end: () => received.end(),
    close: (_socket, error) => received.end(error ?? broken()),
    error: (_socket, error) => received.end(error),
  };
}

/**
 * A socket of node:net or node:tls, once it is open. Rejects with its error if it fails before, or when the signal aborts,
 * and then closes it.
 */
export async function opened(
  socket: Duplex,
  { event = "connect", signal }: { event?: "connect" | "secureConnect"; signal?: AbortSignal | undefined } = {},
): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const received = new Received(socket);
  const fail = (error: Error) => {
    received.end(error);
    reject(error);
  };
  const onAbort = () => fail(new Error("no connection in time"));
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  socket.once(event, resolve);
  socket.on("data", (bytes: Uint8Array) => received.add(bytes));
  socket.on("end", () => received.end(socket.destroyed ? broken() : undefined)); // Bun ends what is destroyed
  socket.on("error", fail);
  socket.on("close", () => fail(broken()));
  const close = () => {
    received.end(broken());
    socket.destroy();
  };
  try {
    await promise;
    return { read: () => received.next(), write: (text) => void socket.write(text), close };
  } catch (error) {
    close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Error of a connection that ended as none should. */
function broken(): Error {
  return Object.assign(new Error("the connection broke"), { code: "ECONNRESET" });
}
