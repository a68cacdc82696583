/**
 * A server of one gauge on the two libraries that every service answers with, used as their own documents show: what a start
 * costs before there is anything to measure. It listens on the port that its argument names.
 */
import process from "node:process";
import { Hono } from "hono";
import { Gauge, register } from "prom-client";

declare const Bun: { serve(options: { hostname: string; port: number; fetch: typeof app.fetch }): void };

new Gauge({ name: "bench_up", help: "Always 1." }).set(1);
const app = new Hono().get("/metrics", async (context) => context.text(await register.metrics()));
Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), fetch: app.fetch });
