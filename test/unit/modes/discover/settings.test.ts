import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveSettings } from "../../../../src/config/load.ts";
import { DiscoverSettings, viaAddressOf } from "../../../../src/modes/discover/settings.ts";

const resolve = (...argv: string[]) =>
  resolveSettings({ schema: DiscoverSettings, mode: "discover", argv, env: {}, readFile: async () => "" });

for (const [argv, want] of [
  [[], "127.0.0.1:5254"],
  [["--web.listen", "127.0.0.1:9000", "--web.listen", "127.0.0.1:9001"], "127.0.0.1:9000"],
  [["--web.listen", ":9000"], "127.0.0.1:9000"],
  [["--web.listen", "127.0.0.1:0"], "127.0.0.1:5254"],
  [["--web.listen", "127.0.0.1:9000", "--via.address", "prometheus.lan:80"], "prometheus.lan:80"],
] as const) {
  test(`viaAddressOf() is ${want} with ${argv.join(" ") || "nothing"}`, async () => {
    const { settings } = await resolve(...argv);
    assert.equal(viaAddressOf(settings), want);
  });
}

for (const [argv, message] of [
  [["--via.address", "host:99999"], /"host:99999" is not an address: expected HOST:PORT/],
  [["--via.address", "host:0"], /is not an address/],
  [["--via.address", "host"], /is not an address/],
  [
    ["--file-sd", "/x/a.json", "--file-sd", "/x/./a.json?tag=x"],
    /--file-sd: "\/x\/\.\/a\.json\?tag=x" is a file that is given already/,
  ],
  [["--sd.module", "a?tag=x", "--sd.module", "a"], /--sd\.module: "a" has the name of another module/],
  [["--sd.module", "devices?tag=x"], /--sd\.module: "devices\?tag=x" has the name of a list of discover's own/],
] as const) {
  test(`DiscoverSettings refuse ${argv.join(" ")}`, async () => {
    await assert.rejects(resolve(...argv), message);
  });
}

test("DiscoverSettings take modules and files with one query and several names", async () => {
  const { settings } = await resolve(
    ...["--sd.module", "a?tag=x", "--sd.module", "b?tag=x"],
    ...["--file-sd", "a.json?tag=x", "--file-sd", "a.yml?tag=x"],
  );
  assert.equal(settings["sd.module"].length + settings["file-sd"].length, 4);
});
