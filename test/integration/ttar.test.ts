import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { unpackTtar } from "./node-exporter/ttar.ts";

const folder = mkdtempSync(`${tmpdir()}/tsmon-ttar-`);
after(() => rmSync(folder, { recursive: true, force: true }));

const ARCHIVE = `# Archive
Directory: sys
Mode: 755
# ttar - -
Path: sys/two
Lines: 2
first
# second
Mode: 444
# ttar - -
Path: sys/cut
Lines: 1
no feedEOF
Mode: 644
Path: sys/zero
Lines: 1
NULLBYTENULLBYTEa\\NULLBYTEb\\EOF
Path: sys/empty
Lines: 0
Path: sys/link
SymlinkTo: ../two
`;

describe("unpackTtar()", () => {
  test("makes folders, files and links", () => {
    unpackTtar(ARCHIVE, folder);
    const text = (name: string) => readFileSync(`${folder}/sys/${name}`, "latin1");
    assert.deepEqual([text("two"), text("cut"), text("empty")], ["first\n# second\n", "no feed", ""]);
    assert.equal(text("zero"), "\0\0aNULLBYTEbEOF\n");
    assert.equal(readlinkSync(`${folder}/sys/link`), "../two");
    assert.equal(statSync(`${folder}/sys/two`).mode & 0o777, 0o444);
  });

  for (const [name, archive, want] of [
    ["a path that leads out", "Path: ../x\nLines: 0\n", /Cannot unpack \.\.\/x: it leads out of the folder/],
    ["a line of no kind", "Path: a\nLines: 1\nb\nc\n", /Cannot unpack line 4: found "c"/],
  ] as const) {
    test(`rejects ${name}`, () => assert.throws(() => unpackTtar(archive, folder), want));
  }
});
