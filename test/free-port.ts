import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";

/** Below the ports that Linux gives to those who ask for any (ip(7), ip_local_port_range), lest one of them take ours. */
const FIRST = 10_000;
const COUNT = 20_000;

/** Bun takes the even ones and Deno the odd ones, because both run the tests at once. */
let offset = Math.floor((Math.random() * COUNT) / 2) * 2 + (process.versions.bun === undefined ? 1 : 0);

/** A port of 127.0.0.1 on which nothing listened a moment ago, another one each time. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < COUNT / 2; tries++) {
    offset = (offset + 2) % COUNT;
    if (await isFree(FIRST + offset)) return FIRST + offset;
  }
  throw new Error(`No port from ${FIRST} to ${FIRST + COUNT} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
