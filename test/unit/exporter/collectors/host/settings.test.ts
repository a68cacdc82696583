import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as z from "zod/mini";
import { Pattern } from "../../../../../src/config/regexp.ts";
import { nameFilter } from "../../../../../src/exporter/collectors/host/filter.ts";
import { regExpSetting } from "../../../../../src/exporter/collectors/host/settings.ts";

describe("regExpSetting()", () => {
  const setting = regExpSetting("^a", "Regexp of things");

  test("takes the default, a text, and the empty text for none", () => {
    assert.equal(setting.parse(undefined)?.source, "^a");
    assert.equal(setting.parse("^b")?.source, "^b");
    assert.equal(setting.parse(""), undefined);
  });

  test("refuses what is no regular expression", () => assert.equal(setting.safeParse("(").success, false));

  test("shows its default to schemas", () => {
    const schema = z.toJSONSchema(setting, { io: "input" });
    assert.equal(schema.default, "^a");
    assert.equal(schema.description, "Regexp of things");
  });
});

describe("nameFilter()", () => {
  const filter = (exclude: Pattern | undefined, include: Pattern | undefined, initialExclude = "") =>
    nameFilter({ exclude, include, initialExclude });

  test("admits everything without settings", () => assert.equal(filter(undefined, undefined)("eth0"), true));

  test("leaves out what the exclusion matches", () => {
    assert.equal(filter(new Pattern("^veth"), undefined)("veth1"), false);
    assert.equal(filter(new Pattern("^veth"), undefined)("eth0"), true);
  });

  test("admits only what the inclusion matches, which replaces the default exclusion", () => {
    assert.equal(filter(new Pattern("^/dev"), new Pattern("^/dev"), "^/dev")("/dev/x"), true);
    assert.equal(filter(undefined, new Pattern("^eth"))("lo"), false);
  });

  test("admits what is included and not excluded", () => {
    const both = filter(new Pattern("1$"), new Pattern("^eth"));
    assert.deepEqual(["eth0", "eth1", "lo"].map(both), [true, false, false]);
  });
});
