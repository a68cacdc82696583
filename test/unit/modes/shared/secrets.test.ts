import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Secret } from "../../../../src/config/secret.ts";
import { createLog } from "../../../../src/log.ts";
import { type SecretSearch, secretOf, warnOfSettingsFile } from "../../../../src/modes/shared/secrets.ts";

/** A search for `api.key` in a folder of its own, with what it logs. */
function search() {
  const folder = mkdtempSync(join(tmpdir(), "tsmon-secrets-"));
  const lines: string[] = [];
  const log = createLog({ level: "info", format: "text" }, (line) => lines.push(line));
  return {
    folder,
    lines,
    log,
    find: (more: Partial<SecretSearch> = {}) =>
      secretOf({ name: "api.key", given: undefined, file: undefined, env: {}, log, ...more }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

test("secretOf() takes what is given before a file, and that before systemd's credential", async () => {
  using at = search();
  const file = join(at.folder, "key");
  const env = { CREDENTIALS_DIRECTORY: at.folder };
  writeFileSync(file, "of-file", { mode: 0o600 });
  assert.equal(at.find({ env }), undefined);
  writeFileSync(join(at.folder, "api.key"), "of-systemd", { mode: 0o644 });
  const texts = [{ given: new Secret("given"), file, env }, { file, env }, { env }].map(async (other) =>
    (await at.find(other)!()).reveal(),
  );
  assert.deepEqual(await Promise.all(texts), ["given", "of-file", "of-systemd"]);
  assert.deepEqual([at.find(), at.lines], [undefined, []]);
});

test("secretOf() reads a file at each use, and warns once of one that others can read", async () => {
  using at = search();
  const file = join(at.folder, "key");
  writeFileSync(file, "old");
  chmodSync(file, 0o644);
  const read = at.find({ file })!;
  writeFileSync(file, "new");
  assert.deepEqual([(await read()).reveal(), (await read()).reveal()], ["new", "new"]);
  assert.equal(at.lines.length, 1);
  assert.match(at.lines[0]!, / warn Every user of this host can read a file with a secret \(chmod o-r FILE\)/);
});

test("secretOf() tells of a file that cannot be read by name, reason and setting", async () => {
  using at = search();
  const file = join(at.folder, "none");
  await assert.rejects(async () => at.find({ file })!(), {
    message: `${file}: ENOENT (give it by --api.key-file)`,
  });
});

for (const [name, kind, value, mode, want] of [
  ["a secret in a file that others can read", "file", new Secret("x"), 0o644, 1],
  ["a secret in a list of such a file", "file", [{ "api.key": new Secret("x") }], 0o644, 1],
  ["a secret in a file of its owner", "file", new Secret("x"), 0o600, 0],
  ["a secret from elsewhere", "variable", new Secret("x"), 0o644, 0],
  ["a file without secrets", "file", [{ "api.key-file": "/x" }], 0o644, 0],
] as const) {
  test(`warnOfSettingsFile() warns ${want} times of ${name}`, () => {
    using at = search();
    const file = join(at.folder, "fleet.yml");
    writeFileSync(file, "");
    chmodSync(file, mode);
    const given = new Map([["api.key", { value: "<secret>", source: { kind, label: "", position: 0 } }]]);
    warnOfSettingsFile(given, { "config.file": file, "api.key": value }, at.log);
    assert.equal(at.lines.length, want);
  });
}
