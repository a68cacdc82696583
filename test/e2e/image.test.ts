import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import { eventually } from "../lab/eventually.ts";
import { BINARY } from "./binary.ts";

const TIMEOUT = { timeout: 120_000 };
const ASSEMBLE = fileURLToPath(new URL("../../packaging/container/assemble.sh", import.meta.url));
const skip =
  (process.platform !== "linux" || process.getuid?.() !== 0) && !process.env.CI && "mounting needs Linux and root";

/** What a container's runtime adds to an image: /proc, the devices, the user. Arguments: the image's folder, the command. */
const CONTAINER = `
set -e
mkdir -p "$0/proc" "$0/dev"
mount -t proc proc "$0/proc"
mount -t tmpfs tmpfs "$0/dev"
for device in null zero random urandom; do touch "$0/dev/$device"; mount --bind "/dev/$device" "$0/dev/$device"; done
exec chroot --userspec=65532:65532 "$0" "$@"
`;

describe("the container image", { skip }, () => {
  const image = join(mkdtempSync(join(tmpdir(), "tsmon-image-")), "root");
  after(() => rmSync(join(image, ".."), { recursive: true, force: true }));

  test("has the program and the C library, and serves a scrape as a user without rights", TIMEOUT, async () => {
    const made = spawnSync("sh", [ASSEMBLE, BINARY, image], { encoding: "utf8" });
    assert.deepEqual([made.status, made.stderr], [0, ""]);
    const files = readdirSync(image, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const strangers = files
      .map(({ name }) => name)
      .filter((name) => !/^(tsmon|passwd|group|lib\w+\.so\.\d|ld-.*)$/.test(name));
    assert.deepEqual(strangers, []);

    const port = await freePort();
    const command = [image, "/usr/bin/tsmon", "agent", `--web.listen=127.0.0.1:${port}`];
    // One process from here to the agent, for each program takes the place of the one before.
    const child = spawn("unshare", ["--mount", "sh", "-c", CONTAINER, ...command]);
    let log = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    const ended = once(child, "exit");
    try {
      await eventually("the start line", () => log.includes("Serving metrics"), 60);
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      assert.match(await answer.text(), /^node_load1 /m, log);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  });
});
