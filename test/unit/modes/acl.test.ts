import assert from "node:assert/strict";
import { test } from "node:test";
import { aclOf } from "../../../src/modes/generate/acl.ts";
import { AclSettings } from "../../../src/modes/generate/acl-settings.ts";
import { parseGrants } from "../../../src/web/grants.ts";

/** HuJSON as the value that it stands for. */
function parseHuJson(text: string) {
  return JSON.parse(text.replace(/^\s*\/\/.*$/gm, "").replace(/,(\s*[\]}])/g, "$1"));
}

test("aclOf() opens the ports and grants the capability that Guard reads", () => {
  const policy = parseHuJson(aclOf(AclSettings.parse({})));
  assert.deepEqual(policy, {
    tagOwners: { "tag:prometheus": ["autogroup:admin"] },
    grants: [
      {
        src: ["tag:prometheus"],
        dst: ["*"],
        ip: ["tcp:5253"],
        app: { "tsmon.dev/cap/scrape": [{ endpoints: ["metrics"] }] },
      },
      {
        src: ["tag:prometheus"],
        dst: ["tag:prometheus"],
        ip: ["tcp:5254", "tcp:5255"],
        app: { "tsmon.dev/cap/scrape": [{ endpoints: ["metrics", "sd", "fleet"] }] },
      },
    ],
  });
  assert.deepEqual(parseGrants(policy.grants[0]!.app), [{ endpoints: ["metrics"], exporters: undefined }]);
});

test("aclOf() follows the settings", () => {
  const settings = {
    agents: ["tag:server", "tag:db"],
    people: ["group:ops"],
    owners: ["ann@"],
    exporters: ["node"],
    "agent.port": 9100,
  };
  const { tagOwners, grants } = parseHuJson(aclOf(AclSettings.parse(settings)));
  assert.deepEqual(tagOwners, { "tag:prometheus": ["ann@"], "tag:server": ["ann@"], "tag:db": ["ann@"] });
  assert.deepEqual([grants[0].dst, grants[0].ip], [["tag:server", "tag:db"], ["tcp:9100"]]);
  assert.deepEqual(grants[0].app["tsmon.dev/cap/scrape"], [{ endpoints: ["metrics"], exporters: ["node"] }]);
  assert.deepEqual([grants[2].src, grants[2].ip], [["group:ops"], ["tcp:5254", "tcp:5255"]]);
});

for (const text of [
  "*",
  "tag:a",
  "group:ops",
  "autogroup:member",
  "ann@example.com",
  "ann@",
  "100.64.0.1",
  "fd7a::/48",
  "host-1",
]) {
  test(`AclSettings take ${text}`, () => assert.equal(AclSettings.safeParse({ people: [text] }).success, true));
}
for (const text of ["", 'a"b', "a b", "tag:", "a\n//b"]) {
  test(`AclSettings refuse ${JSON.stringify(text)}`, () => {
    assert.equal(AclSettings.safeParse({ people: [text] }).success, false);
  });
}
