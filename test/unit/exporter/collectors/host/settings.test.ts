import assert from "node:assert/strict";
import { describe, test } from "node:test";
import z from "zod";
import { nameFilter } from "../../../../../src/exporter/collectors/host/filter.ts";
import { durationSetting, goRegExp, regExpSetting } from "../../../../../src/exporter/collectors/host/settings.ts";

describe("goRegExp()", () => {
  for (const [source, matching, other] of [
    ["^eth\\d+$", "eth0", "veth0"],
    ["(?i)^ETH", "eth0", "lo"],
    ["^(?P<kind>eth|lo)", "lo", "br0"],
    ["\\Aeth0\\z", "eth0", "eth01"],
    ["^[[:alpha:]]+$", "lo", "eth0"],
    ["^[[:digit:][:upper:]]+$", "4G", "4g"],
  ] as const) {
    test(`reads ${source}`, () => {
      assert.ok(goRegExp(source).test(matching));
      assert.ok(!goRegExp(source).test(other));
    });
  }

  test("throws for what is no regular expression", () => assert.throws(() => goRegExp("("), SyntaxError));
});

describe("regExpSetting()", () => {
  const setting = regExpSetting("^a", "Regexp of things");

  test("takes the default, a text, and the empty text for none", () => {
    assert.deepEqual(setting.parse(undefined), /^a/);
    assert.deepEqual(setting.parse("^b"), /^b/);
    assert.equal(setting.parse(""), undefined);
  });

  test("refuses what is no regular expression", () => assert.equal(setting.safeParse("(").success, false));

  test("shows its default to schemas", () => {
    const schema = z.toJSONSchema(setting, { io: "input" });
    assert.equal(schema.default, "^a");
    assert.equal(schema.description, "Regexp of things");
  });
});

describe("durationSetting()", () => {
  for (const [text, seconds] of [
    ["5s", 5],
    ["1m30s", 90],
    ["1.5h", 5400],
    ["250ms", 0.25],
  ] as const) {
    test(`reads ${text}`, () => assert.equal(durationSetting("5s", "Time").parse(text), seconds));
  }
  for (const text of ["5", "s", "-5s", "5 s", "5x", ""]) {
    test(`refuses "${text}"`, () => assert.equal(durationSetting("5s", "Time").safeParse(text).success, false));
  }
});

describe("nameFilter()", () => {
  const filter = (exclude: RegExp | undefined, include: RegExp | undefined, initialExclude = "") =>
    nameFilter({ flag: "collector.x.device", exclude, include, initialExclude });

  test("admits everything without settings", () => assert.equal(filter(undefined, undefined)("eth0"), true));

  test("leaves out what the exclusion matches", () => {
    assert.equal(filter(/^veth/, undefined)("veth1"), false);
    assert.equal(filter(/^veth/, undefined)("eth0"), true);
  });

  test("admits only what the inclusion matches, which replaces the default exclusion", () => {
    assert.equal(filter(goRegExp("^/dev"), /^\/dev/, "^/dev")("/dev/x"), true);
    assert.equal(filter(undefined, /^eth/)("lo"), false);
  });

  test("refuses an exclusion beside an inclusion and names both flags", () => {
    assert.throws(() => filter(/^a/, /^b/, "^/dev"), {
      name: "RangeError",
      message: "Cannot use --collector.x.device-exclude with --collector.x.device-include: they are mutually exclusive",
    });
  });
});
