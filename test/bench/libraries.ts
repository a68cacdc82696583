/**
 * A server of one gauge on the libraries that tsmon has, used as their own documents show, which tells how much of a start is
 * theirs. It listens on the port that its argument names.
 */
import process from "node:process";
import { defineCommand, runMain } from "citty";
import { consola } from "consola";
import { Hono } from "hono";
import { Gauge, register } from "prom-client";
import { z } from "zod";

declare const Bun: { serve(options: { hostname: string; port: number; fetch: typeof app.fetch }): void };

const Settings = z.strictObject({ port: z.coerce.number().int() });

new Gauge({ name: "bench_up", help: "Always 1." }).set(1);
const app = new Hono().get("/metrics", async (context) => context.text(await register.metrics()));

await runMain(
  defineCommand({
    args: { port: { type: "positional" } },
    run({ args }) {
      const { port } = Settings.parse({ port: args.port });
      Bun.serve({ hostname: "127.0.0.1", port, fetch: app.fetch });
      consola.info(`Serving on port ${port}`);
    },
  }),
  { rawArgs: process.argv.slice(2) },
);
