import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseListenAddress } from "../../../src/config/address.ts";
import { mayBacktrack } from "../../../src/config/backtracking.ts";
import { FilePath, LogFormat, Port, RegExpSetting } from "../../../src/config/fields.ts";
import { Pattern, preparePatterns } from "../../../src/config/regexp.ts";
import { parseBytes, parseSeconds } from "../../../src/config/units.ts";

describe("parseListenAddress()", () => {
  for (const [text, host, port] of [
    ["auto", "auto", undefined],
    [":9100", "auto", 9100],
    ["127.0.0.1:0", "127.0.0.1", 0],
    ["[::1]:5253", "::1", 5253],
    ["[fe80::1%eth0]:80", "fe80::1%eth0", 80],
    ["localhost:65535", "localhost", 65535],
    ["my-host.tail1234.ts.net:1", "my-host.tail1234.ts.net", 1],
  ] as const) {
    test(`reads ${text}`, () => assert.deepEqual(parseListenAddress(text), { host, port }));
  }

  for (const text of [
    "",
    "foo",
    "5253",
    ":",
    ":65536",
    "1.2.3:80",
    "1.2.3.4.5:80",
    "1.2.3.4",
    "::1:5253",
    "[::1]",
    "[::g]:1",
    "[1.2.3.4]:1",
    "a b:1",
    "-a:1",
    "a:-1",
    "a:1x",
    "http://a:1",
    "auto:",
  ]) {
    test(`refuses "${text}"`, () => assert.equal(parseListenAddress(text), undefined));
  }
});

describe("parseSeconds()", () => {
  for (const [text, want] of [
    ["5s", 5],
    ["1m30s", 90],
    ["500ms", 0.5],
    ["1h1ms", 3600.001],
    ["1d", 86_400],
    ["1w", 604_800],
    ["1y", 31_536_000],
    ["0", 0],
    ["10", 10],
    ["0.5", 0.5],
    ["", undefined],
    ["5", 5],
    ["-5", undefined],
    ["1.5h", 5400],
    ["1..5s", undefined],
    ["-5s", undefined],
    ["5x", undefined],
    ["5 s", undefined],
    ["5S", undefined],
    ["1e3", undefined],
    ["Infinity", undefined],
  ] as const) {
    test(`reads "${text}" as ${want}`, () => assert.equal(parseSeconds(text), want));
  }
});

describe("parseBytes()", () => {
  for (const [text, want] of [
    ["1048576", 1_048_576],
    ["50MiB", 52_428_800],
    ["50Mi", 52_428_800],
    ["64kB", 64_000],
    ["1K", 1000],
    ["1.5 GiB", 1_610_612_736],
    ["12B", 12],
    ["0.1", undefined],
    ["-1", undefined],
    ["5m", undefined],
    ["", undefined],
    ["MiB", undefined],
    ["99999TiB", undefined],
  ] as const) {
    test(`reads "${text}" as ${want}`, () => assert.equal(parseBytes(text), want));
  }
});

describe("mayBacktrack()", () => {
  for (const [text, want] of [
    ["^(dm|(h|s)d[a-z]|nvme\\d+n\\d+p)\\d+$", false],
    ["^/(dev|run/.+|var/lib/.+)($|/)", false],
    ["veth.*|docker.*|br-.*", false],
    ["^(?i:a*)[)*+(]*\\(\\*\\+$", false],
    ["^[]*a*]*[^]|)]*$", false],
    ["^a{1,9}b{2}c{3,5}$", false],
    ["^(a)?$", false],
    ["a.*b.*", false],
    ["a*b*c*", true],
    ["^a{2,}b{2,}c{2,}$", false],
    ["^a{2,}b{2,}(c{2,}d*|e)$", true],
    ["^(a|b)*$", true],
    ["^(?:a)+$", true],
    ["^(a){9}$", true],
    ["^a{1,50}b{1,50}$", true],
    [`^${"(a|b)".repeat(12)}$`, true],
    ["^(x(a?b?c?d?e?f?g?h?i?j?k?)|y)$", true],
  ] as const) {
    test(`says ${want} of ${text}`, () => assert.equal(mayBacktrack(text), want));
  }

  for (const text of ["(", "(((", ")", "a)b", "[", "[a", "*", "a{2", "\\", "(?"]) {
    test(`gives an answer for ${text}`, () => assert.equal(typeof mayBacktrack(text), "boolean"));
  }
});

describe("Pattern", async () => {
  await preparePatterns(["(a)+"]);

  for (const [text, finds, doesNotFind] of [
    ["^(dm-\\d+|sr\\d+)$", "dm-1", "sda"],
    ["(?i)^ETH", "eth0", "lo"],
    ["^ETH", "ETH0", "eth0"],
    ["^/(dev|proc|run/credentials/.+)($|/)", "/proc/sys", "/process"],
    ["^(?P<kind>eth|lo)", "lo", "br0"],
    ["\\Aeth0\\z", "eth0", "eth0\n"],
    ["(?m)^b$", "a\nb", "ab"],
    ["(?m)\\Ab", "b", "a\nb"],
    ["^[[:alpha:]]+$", "lo", "eth0"],
    ["^[[:digit:][:upper:]]+$", "4G", "4g"],
    ["^[]a-]+$", "]-", "b"],
    ["^[^]a]$", "b", "]"],
    ["^a\\-b\\_c\\:$", "a-b_c:", "ab"],
    ["^veth{x}]$", "veth{x}]", "vethhh"],
    ["^a{2}$", "aa", "a{2}"],
    ["^a.b$", "a\u2028b", "a\nb"],
    ["(?s)^a.b$", "a\nb", "ab"],
    ["^a\\sb$", "a b", "a\u00a0b"],
    ["^\\x{1F600}\\x41$", "\u{1F600}A", "A"],
    ["^\\pL\\p{Greek}$", "a\u03b1", "ab"],
  ] as const) {
    test(`reads ${text}`, () => {
      assert.ok(new Pattern(text).test(finds), `does not find ${JSON.stringify(finds)}`);
      assert.ok(!new Pattern(text).test(doesNotFind), `finds ${JSON.stringify(doesNotFind)}`);
    });
  }

  test("testWhole() wants the whole text, whichever way it matches", () => {
    for (const text of ["a|ab", "(a|ab)+"]) {
      const pattern = new Pattern(text);
      assert.ok(pattern.testWhole("ab"), text);
      assert.ok(!pattern.testWhole("abc"), text);
      assert.ok(pattern.test("abc"), text);
    }
  });

  for (const text of [
    ...["^(a+)+$", "^(a|a)*$", "^(([a-z])+.)+[A-Z]$", "(?i)^(a|A|aa){2,}$"],
    ...["^.*.*.*.*.*.*=", "^(a|a){40}b", `^${"(a|a)".repeat(40)}$`, `^${"a?".repeat(40)}b`],
  ]) {
    test(`matches ${text} in a time that does not explode`, () => {
      assert.equal(new Pattern(text).test(`${"a".repeat(5000)}!`), false);
    });
  }

  for (const [text, reason] of [
    ["^/(a", /./],
    ["[z-a]", /./],
    ["*", /./],
    ["a\\", /backslash at the end/],
    ["a(?i)b", /flags/],
    ["(?U)a", /flags/],
    ["(?=a)", /lookaround/],
    ["(?<!a)b", /lookaround/],
    ["(a)\\1", /back references/],
    ["\\Qa.b\\E", /\\Q/],
    ["[[:^alpha:]]", /\[:\^alpha:\]/],
  ] as const) {
    test(`refuses ${text} with the reason`, () =>
      assert.throws(() => new Pattern(text), { name: "SyntaxError", message: reason }));
  }
});

describe("RegExpSetting", () => {
  test("takes the empty text for no expression", () => assert.equal(RegExpSetting.parse(""), undefined));

  test("gives the reason of what does not compile, without the expression", () => {
    const [issue] = RegExpSetting.safeParse("^/(hunter2").error?.issues ?? [];
    assert.match(issue?.message ?? "", /^is not a regular expression: \w/);
    assert.doesNotMatch(issue?.message ?? "", /hunter2/);
  });
});

describe("LogFormat", () => {
  test("takes logfmt for text", () => assert.equal(LogFormat.parse("logfmt"), "text"));
});

describe("Port and FilePath", () => {
  test("refuse what cannot be one", () => {
    for (const port of [0, 65536, 1.5, "80"]) assert.equal(Port.safeParse(port).success, false);
    for (const path of ["", "a\0b"]) assert.equal(FilePath.safeParse(path).success, false);
  });
});
