import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTcp, type Server, type Socket } from "node:net";
import { Hono } from "hono";
import { type ProxyOptions, proxyHandler } from "../../../src/proxy/http.ts";
import { parseTarget } from "../../../src/proxy/target.ts";
import { serve } from "../../../src/runtime/serve.ts";

/** An exporter that listens. */
export interface Upstream extends AsyncDisposable {
  readonly port: number;
  readonly seen: IncomingMessage[];
  /** Resolves when the proxy has closed a connection. */
  readonly left: Promise<void>;
}

/** An exporter that answers HTTP. */
export async function httpUpstream(answer: RequestListener): Promise<Upstream> {
  const seen: IncomingMessage[] = [];
  const server = createHttp((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  return listen(server, seen);
}

/** An exporter that writes what it likes once a request has come. */
export async function rawUpstream(answer: (socket: Socket) => void): Promise<Upstream> {
  return listen(
    createTcp((socket) => socket.once("data", () => answer(socket))),
    [],
  );
}

async function listen(server: Server, seen: IncomingMessage[]): Promise<Upstream> {
  const sockets = new Set<Socket>();
  const { promise: left, resolve } = Promise.withResolvers<void>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    seen,
    left,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A proxy in front of one exporter, named app. */
export function startProxy(port: number | string, options: Partial<ProxyOptions> = {}) {
  const outcomes: string[] = [];
  const counted = Promise.withResolvers<void>();
  const target = parseTarget(typeof port === "string" ? port : `app:${port}`)!;
  const app = new Hono().get(
    "/proxy/:name",
    proxyHandler({
      targets: new Map([[target.name, target]]),
      options: {},
      maxBytes: 1024 * 1024,
      timeoutSeconds: 10,
      maxRequests: 4,
      observe: (exporter, outcome) => {
        outcomes.push(`${exporter} ${outcome}`);
        counted.resolve();
      },
      ...options,
    }),
  );
  const server = serve("127.0.0.1", 0, (request) => app.fetch(request));
  return {
    url: `http://127.0.0.1:${server.port}/proxy/app`,
    port: server.port,
    outcomes,
    /** Resolves when the first request has ended. */
    counted: counted.promise,
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
