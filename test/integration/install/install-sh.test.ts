import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Fault, ReleaseServer } from "./release-server.ts";

const TIMEOUT = { timeout: 60_000 };
const SCRIPT = fileURLToPath(new URL("../../../packaging/install.sh", import.meta.url));
/** Programs that install.sh may call and that every system has. */
const TOOLS =
  "awk cat chmod cp cut df find getconf grep gzip head id ldd ln ls mkdir mktemp mv printf pwd rm rmdir sed sha256sum sh tail tar true uname";

const work = mkdtempSync(join(tmpdir(), "tsmon-install-"));
after(() => rmSync(work, { recursive: true, force: true }));

function pathOf(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(":")
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** A folder with nothing but these programs. */
function toolbox(name: string, programs: readonly string[]): string {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  for (const program of programs) {
    const path = pathOf(program);
    if (path && !existsSync(join(folder, program))) symlinkSync(path, join(folder, program));
  }
  return folder;
}

function busybox(): string {
  const folder = join(work, "busybox");
  mkdirSync(folder, { recursive: true });
  spawnSync("busybox", ["--install", "-s", folder]);
  return folder;
}

interface Shell {
  readonly argv: readonly string[];
  readonly path: string;
}

const SHELLS: Readonly<Record<string, Shell>> = {
  "dash with curl": { argv: ["dash"], path: toolbox("curl", [...TOOLS.split(" "), "curl"]) },
  "bash with wget": { argv: ["bash"], path: toolbox("wget", [...TOOLS.split(" "), "wget"]) },
  "busybox ash with its own tools": { argv: ["busybox", "ash"], path: busybox() },
};

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function execute(
  argv: readonly string[],
  path: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [file = "", ...args] = argv;
  const child = spawn(pathOf(file) ?? file, args, { env: { PATH: path, HOME: work, ...env }, cwd: work });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  child.stdin.end();
  const [code] = await once(child, "close");
  return { code, ...output };
}

let prefixes = 0;
const newPrefix = () => join(work, `prefix-${++prefixes}`);

/** What an installation leaves, but for what an earlier one put there. */
function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

const FAULTS: readonly (readonly [Fault, RegExp])[] = [
  ["archive cut off", /Cannot download http:\S+\.tar\.[gx]z: .+\. Nothing was installed$|Checksum of \S+ is wrong/m],
  ["archive missing", /Cannot download http:\S+\.tar\.[gx]z: .*404.*Nothing was installed$/m],
  ["sums missing", /Cannot download http:\S+SHA256SUMS: .*404.*Nothing was installed$/m],
  ["server error", /Cannot download http:\S+SHA256SUMS: .*500.*Nothing was installed$/m],
  [
    "sums of another release",
    /Checksum of \S+ is wrong: expected [0-9a-f]{64}, got [0-9a-f]{64}\. Nothing was installed/,
  ],
  ["sums without it", /Cannot check \S+\.tar\.[gx]z: SHA256SUMS of http:\S+ does not list it$/m],
  ["sums are a page", /Cannot check \S+\.tar\.[gx]z: SHA256SUMS of http:\S+ does not list it$/m],
  ["no archive inside", /Cannot unpack \S+\.tar\.[gx]z in \S+: .+ Nothing was installed$/m],
  ["no program inside", /There is no program in \S+\.tar\.[gx]z\. Nothing was installed$/m],
  ["program does not run", /The program for linux-\S+ does not run here: no such library\..* Nothing was installed$/m],
];

for (const [name, { argv, path }] of Object.entries(SHELLS)) {
  const missing = [...argv.slice(0, 1), ...(name.includes("wget") ? ["wget"] : [])].find((word) => !pathOf(word));
  const skip = missing !== undefined && !process.env.CI && `${missing} is not installed`;

  describe(`install.sh under ${name}`, { skip }, () => {
    const run = (args: readonly string[], url: string) =>
      execute([...argv, SCRIPT, ...args], path, { TSMON_BASE_URL: url });

    test("installs, upgrades with the old program kept, and uninstalls", TIMEOUT, async () => {
      await using server = await ReleaseServer.start();
      const prefix = newPrefix();
      const first = await run(["--prefix", prefix], server.url);
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      assert.match(first.stdout, new RegExp(`^Installed tsmon 1\\.0\\.0 in ${prefix}/bin/tsmon\n`));
      const installed = ["bin/tsmon", "share/doc/tsmon/LICENSE", "share/man/man1/tsmon.1"];
      assert.deepEqual(filesBelow(prefix), installed);

      server.program = "tsmon 1.1.0";
      const second = await run(["--prefix", prefix], server.url);
      assert.match(second.stdout, /^Installed tsmon 1\.1\.0 .*\nBefore: tsmon 1\.0\.0, kept as /);
      const old = () => readFileSync(join(prefix, "bin/tsmon.old"), "utf8");
      assert.match(old(), /tsmon 1\.0\.0/);

      // Two at once are as good as one, and the same version again is no way back.
      const both = await Promise.all([1, 2].map(() => run(["--prefix", prefix], server.url)));
      for (const { code, stdout, stderr } of both)
        assert.deepEqual([code, stdout.split("\n")[0], stderr], [0, second.stdout.split("\n")[0], ""]);
      assert.match(old(), /tsmon 1\.0\.0/);
      assert.deepEqual(filesBelow(prefix), ["bin/tsmon", "bin/tsmon.old", ...installed.slice(1)]);

      const remove = () => run(["--uninstall", "--prefix", prefix], server.url);
      const removed = await remove();
      assert.deepEqual([removed.code, removed.stdout], [0, `Removed tsmon from ${prefix}\n`]);
      assert.deepEqual(filesBelow(prefix), []);
      const { code, stdout } = await remove();
      assert.deepEqual([code, stdout], [0, `There is no tsmon in ${prefix}: is its place another --prefix?\n`]);
    });

    test("takes a version and a mirror by flags", TIMEOUT, async () => {
      await using server = await ReleaseServer.start();
      const args = ["--prefix", newPrefix(), "--version", "v1.0.0", "--base-url", `${server.url}/`];
      assert.equal((await run(args, "http://127.0.0.1:1")).code, 0);
      const { code, stderr } = await run(["--prefix", newPrefix(), "--version", "9.9.9"], server.url);
      assert.deepEqual([code, /Cannot download \S+\/download\/v9\.9\.9\/SHA256SUMS/.test(stderr)], [1, true], stderr);
    });

    for (const [fault, message] of FAULTS) {
      test(`${fault}: says so, and leaves an older program alone`, TIMEOUT, async () => {
        await using server = await ReleaseServer.start();
        const prefix = newPrefix();
        mkdirSync(join(prefix, "bin"), { recursive: true });
        writeFileSync(join(prefix, "bin/tsmon"), "#!/bin/sh\necho old\n", { mode: 0o755 });
        server.fault = fault;
        const { code, stdout, stderr } = await run(["--prefix", prefix], server.url);
        assert.deepEqual([code, stdout], [1, ""], stderr);
        assert.match(stderr, message);
        assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
        assert.deepEqual(filesBelow(prefix), ["bin/tsmon"]);
        assert.equal(readFileSync(join(prefix, "bin/tsmon"), "utf8"), "#!/bin/sh\necho old\n");
      });
    }

    test("nobody listens at the mirror", TIMEOUT, async () => {
      const prefix = newPrefix();
      const { code, stderr } = await run(["--prefix", prefix], "http://127.0.0.1:1");
      assert.deepEqual([code, /Cannot download http:.*(refused|connect|failed)/i.test(stderr)], [1, true], stderr);
      assert.deepEqual(filesBelow(prefix), []);
    });

    test("a prefix that is no folder", TIMEOUT, async () => {
      const prefix = newPrefix();
      writeFileSync(prefix, "");
      const { code, stderr } = await run(["--prefix", prefix], "http://127.0.0.1:1");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /Cannot make the folder \S+\/bin: (Not a directory|File exists)\. .+ Nothing was installed$/m,
      );
    });

    test("everybody may read it, whatever the umask", TIMEOUT, async () => {
      await using server = await ReleaseServer.start();
      const prefix = newPrefix();
      const strict = ["sh", "-c", 'umask 077; exec "$@"', "sh", pathOf(argv[0]!) ?? "", ...argv.slice(1)];
      const env = { TSMON_BASE_URL: server.url };
      assert.equal((await execute([...strict, SCRIPT, "--prefix", prefix], path, env)).code, 0);
      const modes = ["bin", "bin/tsmon", "share/man/man1", "share/man/man1/tsmon.1"].map((name) =>
        (statSync(join(prefix, name)).mode & 0o777).toString(8),
      );
      assert.deepEqual(modes, ["755", "755", "755", "644"]);
    });

    for (const [args, message] of [
      [["--mode", "agnet"], /Unknown mode "agnet": expected agent, discover or fleet/],
      [["--perfix", "/x"], /Unknown argument "--perfix": see --help/],
      [["--version"], /--version needs a value/],
      [["--version", "../../x"], /"..\/..\/x" is not a version/],
      [["--uninstall", "--mode", "agent"], /--uninstall removes all of tsmon\. For one service: tsmon uninstall MODE/],
      [["--uninstall", "--version", "1.0.0"], /--uninstall removes all of tsmon/],
      [["--", "--peers", "none"], /Flags after -- are for a service: name it with --mode/],
    ] as const) {
      test(`${args.join(" ")} is refused`, TIMEOUT, async () => {
        const { code, stderr } = await run(args, "http://127.0.0.1:1");
        assert.deepEqual([code, message.test(stderr)], [1, true], stderr);
      });
    }

    test("a read-only disk, and one that is full before and while it unpacks", {
      ...TIMEOUT,
      skip: process.getuid?.() !== 0,
    }, async () => {
      await using server = await ReleaseServer.start();
      const plenty = join(work, `${argv[0]}-df`);
      mkdirSync(plenty, { recursive: true });
      writeFileSync(join(plenty, "df"), "#!/bin/sh\necho Head\necho x 1 1 99999999\n", { mode: 0o755 });
      const prefix = newPrefix();
      mkdirSync(prefix);
      const mount = 'mount -t tmpfs -o $OPTIONS tmpfs "$1" && shift && "$@"; code=$?; ls -A "$0/bin"; exit $code';
      const inside = (search: string, options = "size=600k") =>
        execute(
          [
            "unshare",
            "--mount",
            "sh",
            "-c",
            mount,
            prefix,
            prefix,
            "env",
            `PATH=${search}`,
            ...argv.map((word, i) => (i ? word : (pathOf(word) ?? word))),
            SCRIPT,
            "--prefix",
            prefix,
          ],
          process.env.PATH ?? "",
          { TSMON_BASE_URL: server.url, OPTIONS: options },
        );
      const readOnly = await inside(path, "ro");
      assert.match(
        readOnly.stderr,
        /^install\.sh: Cannot make the folder \S+: Read-only file system\. .+ Nothing was installed$/m,
      );
      const before = await inside(path);
      assert.deepEqual([before.code, before.stdout], [1, ""], before.stderr);
      assert.match(before.stderr, /No space in \S+: 0 MB are free, and 170 MB are needed while it installs/);
      const during = await inside(`${plenty}:${path}`);
      assert.deepEqual([during.code, during.stdout], [1, ""], during.stderr);
      assert.match(during.stderr, /Cannot unpack .*: .+ \(is the disk full\?\)\. Nothing was installed$/m);
    });
  });
}

test("install.sh cut off anywhere does nothing", TIMEOUT, async () => {
  const text = readFileSync(SCRIPT, "utf8").trimEnd();
  await using server = await ReleaseServer.start();
  for (let share = 1; share < 20; share++) {
    const prefix = newPrefix();
    const part = join(work, "part.sh");
    writeFileSync(part, text.slice(0, Math.floor((text.length * share) / 20)));
    await execute(["sh", part, "--prefix", prefix], process.env.PATH ?? "", { TSMON_BASE_URL: server.url });
    assert.equal(existsSync(prefix), false, `${share}/20 of it`);
  }
  const last = join(work, "last.sh");
  writeFileSync(last, text.slice(0, text.lastIndexOf("\n")));
  const { code, stdout } = await execute(["sh", last, "--prefix", newPrefix()], process.env.PATH ?? "", {});
  assert.deepEqual([code, stdout], [0, ""]);
});

describe("install.sh where something is missing", () => {
  const CURL = [...TOOLS.split(" "), "curl"];

  for (const [missing, message] of [
    ["curl", /Cannot download: neither curl nor wget is there$/m],
    ["gzip", /Cannot unpack: neither xz nor gzip is there$/m],
    ["sha256sum", /Cannot check a download: none of sha256sum, shasum and openssl is there$/m],
    ["tar", /Cannot install without the program tar: it is not on the PATH$/m],
    ["awk", /Cannot install without the program awk: it is not on the PATH$/m],
  ] as const) {
    test(`${missing}: says so, and does nothing`, TIMEOUT, async () => {
      await using server = await ReleaseServer.start();
      const tools = toolbox(
        `no-${missing}`,
        CURL.filter((name) => name !== missing),
      );
      const prefix = newPrefix();
      const { code, stderr } = await execute(["sh", SCRIPT, "--prefix", prefix], tools, {
        TSMON_BASE_URL: server.url,
      });
      assert.deepEqual([code, message.test(stderr), existsSync(prefix)], [1, true, false], stderr);
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    });
  }

  test("a mirror: says so", TIMEOUT, async () => {
    const { stderr } = await execute(["sh", SCRIPT, "--prefix", newPrefix()], toolbox("all", CURL));
    assert.match(stderr, /No place to download from: set TSMON_BASE_URL/);
  });
});

test("install.sh names machines that there is no program for", TIMEOUT, async () => {
  const tools = toolbox(
    "other",
    [...TOOLS.split(" "), "curl"].filter((name) => name !== "uname" && name !== "getconf"),
  );
  for (const [system, machine, bits, message] of [
    ["Linux", "armv7l", 32, /There is no program for armv7l: expected x86_64 or aarch64/],
    ["Linux", "aarch64", 32, /This is a 32-bit system on a 64-bit kernel/],
    ["Darwin", "arm64", 64, /There are programs for Linux alone, this is Darwin/],
  ] as const) {
    rmSync(join(tools, "uname"), { force: true });
    rmSync(join(tools, "getconf"), { force: true });
    writeFileSync(join(tools, "uname"), `#!/bin/sh\n[ "$1" = -s ] && echo ${system} || echo ${machine}\n`, {
      mode: 0o755,
    });
    writeFileSync(join(tools, "getconf"), `#!/bin/sh\n[ "$1" = LONG_BIT ] && echo ${bits} || echo 4096\n`, {
      mode: 0o755,
    });
    const { code, stderr } = await execute(["sh", SCRIPT, "--prefix", newPrefix()], tools);
    assert.deepEqual([code, message.test(stderr)], [1, true], stderr);
  }
});
