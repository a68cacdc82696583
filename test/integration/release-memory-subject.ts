/** A server that asks itself once, in a process of its own: writes the memory that files back before, and when it has halved. */
import { readFileSync } from "node:fs";
import process from "node:process";
import { serve } from "../../src/runtime/serve.ts";
import { eventually } from "../lab/eventually.ts";

/** proc_pid_status(5). */
function fileKilobytes(): number {
  return Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))![1]);
}

const server = serve("127.0.0.1", 0, () => new Response("x"));
const response = await fetch(`http://127.0.0.1:${server.port}/`);
await response.text();
const before = fileKilobytes();
const after = await eventually("half the memory that files back", () => {
  const now = fileKilobytes();
  return now < before / 2 && now;
});
process.stdout.write(JSON.stringify({ before, after }));
await server.stop();
