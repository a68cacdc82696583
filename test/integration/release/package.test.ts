import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import packageJson from "../../../package.json" with { type: "json" };
import { notices } from "../../../scripts/release/notices.ts";
import { packageRelease } from "../../../scripts/release/package.ts";
import { TARGETS } from "../../../scripts/release/targets.ts";

const TIMEOUT = { timeout: 60_000 };
const work = mkdtempSync(join(tmpdir(), "tsmon-release-"));
after(() => rmSync(work, { recursive: true, force: true }));

/** A release whose programs are a few bytes, in a new folder. */
async function release(name: string): Promise<string> {
  const dist = `${join(work, name)}/`;
  mkdirSync(dist);
  for (const target of TARGETS) writeFileSync(`${dist}tsmon-${target.name}`, `program for ${target.name}\n`);
  const options = {
    dist,
    targets: TARGETS,
    version: "1.2.3",
    mtime: 1_700_000_000,
    installer: "#!/bin/sh\n",
    fast: true,
  };
  await packageRelease(options);
  return dist;
}

const run = (file: string, ...args: string[]) =>
  execFileSync(file, args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C", TZ: "UTC" } });
const has = (file: string) => {
  try {
    return run(file, "--version") !== "";
  } catch {
    return Boolean(process.env.CI);
  }
};

describe("packageRelease()", { skip: !has("xz") && "xz is not installed" }, () => {
  let dist: string;
  before(async () => {
    dist = await release("first");
  });

  test("makes the same bytes of the same files", TIMEOUT, async () => {
    assert.equal(
      readFileSync(`${await release("second")}SHA256SUMS`, "utf8"),
      readFileSync(`${dist}SHA256SUMS`, "utf8"),
    );
  });

  test("lists every file in SHA256SUMS, as sha256sum reads it", TIMEOUT, () => {
    const names = run("sh", "-c", `cd ${dist} && sha256sum -c SHA256SUMS`).trim().split("\n");
    assert.equal(names.length, 4 * 2 + 2 + 1);
    assert.ok(
      names.every((line) => line.endsWith(": OK")),
      names.join("\n"),
    );
  });

  for (const suffix of ["xz", "gz"]) {
    test(`archives with ${suffix} have the program, pages and completions, of root`, TIMEOUT, () => {
      const lines = run("tar", "-tvf", `${dist}tsmon-linux-amd64-musl.tar.${suffix}`).trim().split("\n");
      const files = lines.filter((line) => !line.endsWith("/")).map((line) => line.replace(/ +/g, " "));
      assert.ok(files.includes("-rwxr-xr-x root/root 29 2023-11-14 22:13 ./bin/tsmon"), files.join("\n"));
      for (const path of ["man/man1/tsmon-agent.1", "man/man1/tsmon.1", "bash-completion/completions/tsmon"])
        assert.ok(
          files.some((line) => line.endsWith(` ./share/${path}`)),
          `${path} in\n${files.join("\n")}`,
        );
    });
  }

  const deb = () => `${dist}tsmon_1.2.3_arm64.deb`;
  const skip = !has("dpkg-deb") && "dpkg-deb is not installed";

  test("Debian packages have their fields and conffiles", { ...TIMEOUT, skip }, () => {
    assert.equal(
      run("dpkg-deb", "--field", deb(), "Package", "Version", "Architecture"),
      "Package: tsmon\nVersion: 1.2.3\nArchitecture: arm64\n",
    );
    assert.match(run("dpkg-deb", "--field", deb(), "Description"), /^makes a .+\n An agent .+\n/);
    assert.equal(
      run("dpkg-deb", "--info", deb(), "conffiles"),
      "/etc/tsmon/agent.yaml\n/etc/tsmon/discover.yaml\n/etc/tsmon/fleet.yaml\n",
    );
    for (const script of ["postinst", "prerm", "postrm"]) {
      writeFileSync(join(work, script), run("dpkg-deb", "--info", deb(), script));
      run("sh", "-n", join(work, script));
    }
  });

  test("Debian packages have program, units, pages and settings, and right sums", { ...TIMEOUT, skip }, () => {
    const tree = join(work, "tree");
    run("dpkg-deb", "--raw-extract", deb(), tree);
    assert.match(run("sh", "-c", `cd ${tree} && md5sum -c DEBIAN/md5sums`), /^usr\/bin\/tsmon: OK$/m);
    const unit = readFileSync(join(tree, "usr/lib/systemd/system/tsmon-agent.service"), "utf8");
    assert.match(unit, /^ExecStart=\/usr\/bin\/tsmon agent /m);
    assert.match(run("gzip", "-dc", join(tree, "usr/share/man/man1/tsmon-agent.1.gz")), /^\.TH TSMON-AGENT 1/);
  });

  const noLintian = !has("lintian") && "lintian is not installed";
  test("Debian's own checker finds no error in the package", { timeout: 300_000, skip: noLintian }, () => {
    run("lintian", "--fail-on", "error", "--allow-root", deb());
  });
});

describe("notices()", () => {
  test("has the licence of each package that is in the program, and of no tool", () => {
    const text = notices();
    for (const name of Object.keys(packageJson.dependencies))
      assert.match(text, new RegExp(`^${name} \\d\\S+ \\(\\S+\\)\n\n.*(licen[cs]e|copyright)`, "ims"), name);
    assert.match(text, /^Bun \d+\.\d+\.\d+, /m);
    assert.doesNotMatch(text, /^(typescript|@types\S+) \d/m);
  });
});
