import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { eventually } from "../../lab/eventually.ts";
import { FakeTailscaled } from "../fake-tailscaled.ts";
import { folder, peerAt, statusAt, TestDiscover } from "./test-discover.ts";

const TIMEOUT = { timeout: 30_000 };
const PLAIN = ["--agents", "none", "--target", "9100"];
const targets = (...numbers: number[]) => numbers.map((number) => `127.0.1.${number}:9100`);

describe("the state of tsmon discover on disk", () => {
  test("is as old as the lists in it, however often it is written", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    const args = ["--socket", tailscaled.socketPath, ...PLAIN];
    {
      await using first = await TestDiscover.start(args, { stateDir: dir.path });
      await first.sees("the target", targets(1));
      await stopped(first);
    }
    await tailscaled.stop();
    const file = join(dir.path, "discover.json");
    // An hour ago, by the clock of this machine then.
    const savedSeconds = Math.round(Date.now() / 1000) - 3600;
    writeFileSync(file, readFileSync(file, "utf8").replace(/"savedSeconds":\d+/, `"savedSeconds":${savedSeconds}`));
    for (const start of ["first", "second"]) {
      await using discover = await TestDiscover.start(args, { stateDir: dir.path });
      assert.deepEqual((await discover.list())?.length, 1);
      const age = Number((await discover.get("/sd")).headers.get("age"));
      assert.ok(age >= 3600 && age < 3700, `${start}: ${age}`);
      const time = 'tsmon_discover_last_success_timestamp_seconds{source="local"}';
      assert.equal(await discover.metric(time), savedSeconds);
      await stopped(discover);
      assert.equal(JSON.parse(readFileSync(file, "utf8")).savedSeconds, savedSeconds);
    }
  });

  test("serves from a clock that has gone back, and calls no list younger than new", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    const args = ["--socket", tailscaled.socketPath, ...PLAIN];
    {
      await using first = await TestDiscover.start(args, { stateDir: dir.path });
      await first.sees("the target", targets(1));
      await stopped(first);
    }
    const file = join(dir.path, "discover.json");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"savedSeconds":\d+/, '"savedSeconds":99999999999'));
    await tailscaled.stop();
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees("the target", targets(1));
    assert.equal((await discover.get("/sd")).headers.get("age"), "0");
    await tailscaled.listen();
    tailscaled.answers.status = statusAt(1, 2);
    await discover.sees("what tailscaled says", targets(1, 2));
  });

  test("tells who was online, so that no rule on it costs a target", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2) });
    const args = ["--socket", tailscaled.socketPath, ...PLAIN];
    {
      await using first = await TestDiscover.start(args, { stateDir: dir.path });
      await first.sees("both online", targets(1, 2), "/sd?online=true");
      tailscaled.answers.status = { ...statusAt(1), Peer: { a: peerAt(1), b: peerAt(2, { Online: false }) } };
      await first.sees("one online", targets(1), "/sd?online=true");
      await stopped(first);
    }
    await tailscaled.stop();
    await using second = await TestDiscover.start(args, { stateDir: dir.path });
    await second.sees("one online as before", targets(1), "/sd?online=true");
    await second.sees("the other offline", targets(2), "/sd?online=false");
    const [group] = (await second.list("/sd?name=host-1")) ?? [];
    assert.equal(group?.labels.__meta_tailscale_device_online, "true");
  });

  test("has what has just joined, though discover is killed and tailscaled is gone", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    const args = ["--socket", tailscaled.socketPath, ...PLAIN];
    const file = join(dir.path, "discover.json");
    const isKept = (id: string) => existsSync(file) && readFileSync(file, "utf8").includes(`"${id}"`);
    {
      await using first = await TestDiscover.start(args, { stateDir: dir.path });
      await eventually("the first on disk", () => isKept("n1CNTRL"), 10);
      tailscaled.answers.status = statusAt(1, 2);
      await first.sees("both", targets(1, 2));
      await eventually("the second on disk", () => isKept("n2CNTRL"), 10);
    }
    await tailscaled.stop();
    await using second = await TestDiscover.start(args, { stateDir: dir.path });
    await second.sees("both still", targets(1, 2));
  });

  test("is set aside where it is no file", TIMEOUT, async () => {
    using dir = folder();
    execFileSync("mkfifo", [join(dir.path, "discover.json")]);
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    await using discover = await TestDiscover.start(["--socket", tailscaled.socketPath, ...PLAIN], {
      stateDir: dir.path,
    });
    await discover.sees("a list", targets(1));
    assert.match(discover.log.join("\n"), / warn Cannot use the list of an earlier run: it is no file; it is now /);
  });
});

/** A command line that runs what follows with a disk of its own in a folder, after `prepare` has been run in that. */
function onDisk(path: string, prepare: string): string[] {
  const script = `mount -t tmpfs -o size=256k tmpfs "$1" && (cd "$1" && ${prepare}); shift && exec "$@"`;
  return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", path];
}

/** Why no disk can be had here, or false. In CI that is no reason. */
function cannotMount(): string | false {
  if (process.env.CI) return false;
  using dir = folder();
  const [file = "", ...args] = [...onDisk(dir.path, "true"), "true"];
  const isPossible = spawnSync(file, args, { stdio: "ignore" }).status === 0;
  return !isPossible && "a disk of one's own needs the right to make namespaces";
}

describe("tsmon discover on a disk", { skip: cannotMount() }, () => {
  for (const [name, prepare, code] of [
    ["that is full", "head -c 1M /dev/zero >filler 2>&1", "ENOSPC"],
    ["that is read-only", "mount -o remount,ro .", "EROFS"],
  ] as const) {
    test(`${name} serves its list, and says once that it cannot keep it`, TIMEOUT, async () => {
      using dir = folder();
      await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2) });
      const file = join(dir.path, "sd.json");
      const args = ["--socket", tailscaled.socketPath, ...PLAIN, "--file-sd", file];
      const within = onDisk(dir.path, prepare);
      await using discover = await TestDiscover.start(args, { stateDir: dir.path, within });
      await discover.sees("both", targets(1, 2));
      await discover.says(new RegExp(` warn Cannot write the file for Prometheus: ${code} subject=${file}`));
      await discover.says(new RegExp(` warn Cannot keep the list on disk: ${code} `));
      assert.equal(await discover.metric("tsmon_discover_state_write_successful"), 0);
      assert.equal(await discover.metric(`tsmon_discover_file_write_successful{file="${file}"}`), 0);
      const polls = async () => (await discover.metric('tsmon_discover_polls_total{outcome="ok",source="local"}')) ?? 0;
      const before = await polls();
      await eventually("more polls", async () => (await polls()) > before + 2);
      assert.equal(discover.log.filter((line) => line.includes("Cannot ")).length, 2, discover.log.join("\n"));
      const disk = `${discover.root}${dir.path}`;
      if (code === "EROFS") return;
      // Each attempt has a file for as long as it lasts.
      await eventually("nothing half written stays", () => isDeepStrictEqual(readdirSync(disk), ["filler"]));
      rmSync(join(disk, "filler"));
      await discover.says(/ info Works again subject=.*sd\.json/);
      assert.deepEqual(JSON.parse(readFileSync(join(disk, "sd.json"), "utf8")), await discover.list());
      await discover.says(/ info The list is kept on disk again /);
      assert.deepEqual(readdirSync(disk).sort(), ["discover.json", "sd.json"]);
    });
  }
});

async function stopped(discover: TestDiscover): Promise<void> {
  discover.signal("SIGTERM");
  assert.equal((await discover.ended()).code, 0, discover.log.join("\n"));
}
