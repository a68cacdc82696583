import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Inputs, messageOfExample } from "./example.ts";

const ADDRESS = "is not an address: expected auto, ADDR:PORT, [ADDR]:PORT or :PORT";
const at = (line: number, column: number) => `file /etc/tsmon.yml, line ${line}, column ${column}:`;

describe("resolveSettings() refuses flags with", () => {
  for (const [name, argv, want] of [
    ["a misspelt name", ["--web.lisen", "a:1"], "flag --web.lisen: unknown flag (did you mean --web.listen?)"],
    ["an unknown name", ["--foo=1"], "flag --foo: unknown flag (tsmon agent --help lists them all)"],
    [
      "an unknown collector",
      ["--collector.foo"],
      "flag --collector.foo: unknown flag (tsmon agent --help lists them all)",
    ],
    ["one dash", ["-web.listen=a:1"], "flag -web.listen: unknown flag (did you mean --web.listen?)"],
    ["a letter", ["-x"], "flag -x: unknown flag (tsmon agent --help lists them all)"],
    ["a misspelt --help", ["--hepl"], "flag --hepl: unknown flag (did you mean --help?)"],
    [
      "a misspelt --no- name",
      ["--no-colector.cpu"],
      "flag --no-colector.cpu: unknown flag (did you mean --no-collector.cpu?)",
    ],
    [
      "the name of an object's method",
      ["--toString"],
      "flag --toString: unknown flag (tsmon agent --help lists them all)",
    ],
    [
      "--no- of a setting with a value",
      ["--no-web.listen"],
      "flag --no-web.listen: --web.listen cannot be turned off: it takes a value",
    ],
    [
      "a value of --no-",
      ["--no-collector.cpu=1"],
      "flag --no-collector.cpu: takes no value: expected --no-collector.cpu or --collector.cpu=false",
    ],
    ["no value at the end", ["--log.level"], "flag --log.level: needs a value: expected --log.level=VALUE"],
    ["no value before --", ["--log.level", "--"], "flag --log.level: needs a value: expected --log.level=VALUE"],
    [
      "a flag for a value",
      ["--log.level", "--collector.cpu"],
      'flag --log.level: needs a value: expected --log.level=VALUE (a value that begins with "-" needs the "=")',
    ],
    [
      "a boolean of another word",
      ["--collector.cpu=maybe"],
      'flag --collector.cpu: "maybe" is not a boolean: expected true or false',
    ],
    ["a word for a number", ["--web.max-requests=x"], 'flag --web.max-requests: "x" is not a number'],
    ["no digits for a number", ["--web.max-requests="], 'flag --web.max-requests: "" is not a number'],
    ["a fraction of a whole number", ["--web.max-requests=1.5"], "flag --web.max-requests: 1.5 is not a whole number"],
    [
      "a number below the range",
      ["--web.max-requests", "-5"],
      "flag --web.max-requests: -5 is too small: expected at least 0",
    ],
    [
      "a number above the range",
      ["--web.max-requests=1001"],
      "flag --web.max-requests: 1001 is too large: expected at most 1000",
    ],
    [
      "a misspelt choice",
      ["--log.level=inf"],
      'flag --log.level: "inf" is not one of debug, info, warn, error (did you mean info?)',
    ],
    ["an unknown choice", ["--log.format=xml"], 'flag --log.format: "xml" is not one of text, logfmt, json'],
    ["a wrong item of a list", ["--web.listen=auto", "--web.listen=foo"], `flag --web.listen: "foo" ${ADDRESS}`],
    [
      "a wrong duration",
      ["--refresh=5x"],
      'flag --refresh: "5x" is not a duration: expected 5s, 1m30s, 500ms or a number of seconds',
    ],
    [
      "a wrong size",
      ["--proxy.max-bytes=5m"],
      'flag --proxy.max-bytes: "5m" is not a size: expected 50MiB, 64kB or a number of bytes',
    ],
    ["an empty secret", ["--api.key="], "flag --api.key: <secret> is empty"],
    ["an empty file name", ["--config.file="], 'flag --config.file: "" is empty'],
    [
      "a missing file",
      ["--config.file=/nope"],
      'flag --config.file: Cannot read "/nope": ENOENT: no such file or directory',
    ],
    ["a wrong word", ["Foo"], 'argument: "Foo" is not NAME:PORT'],
  ] satisfies [string, string[], string][]) {
    test(name, async () => assert.equal(await messageOfExample({ argv }), want));
  }
});

describe("resolveSettings() refuses variables with", () => {
  for (const [name, variable, value, want] of [
    ["a misspelt name", "WEB_LISEN", "a:1", "unknown variable (did you mean TSMON_AGENT_WEB_LISTEN?)"],
    ["an unknown name", "FOO", "hunter2", "unknown variable (tsmon agent --help lists them all)"],
    ["a wrong item of a list", "WEB_LISTEN", "a:1,foo", `"foo" ${ADDRESS}`],
    ["a wrong number in a list", "API_USER_IDS", "1,x", '"x" is not a number'],
    ["a missing file", "CONFIG_FILE", "/nope", 'Cannot read "/nope": ENOENT: no such file or directory'],
  ] as const) {
    test(name, async () => {
      const env = { [`TSMON_AGENT_${variable}`]: value };
      assert.equal(await messageOfExample({ env }), `variable TSMON_AGENT_${variable}: ${want}`);
    });
  }
});

describe("resolveSettings() refuses a file with", () => {
  for (const [name, file, want] of [
    ["a misspelt key", "# x\n\nweb.lisen: x", `${at(3, 1)} unknown key "web.lisen" (did you mean "web.listen"?)`],
    ["a misspelt nested key", "web:\n  lisen: x", `${at(2, 3)} unknown key "web.lisen" (did you mean "web.listen"?)`],
    ["an unknown key", "foo: 1", `${at(1, 1)} unknown key "foo"`],
    ["a value for a section", "web: 5", `${at(1, 1)} key "web" has settings below it: expected a mapping of those`],
    ["a list for a key", "? [a]\n: b", `${at(1, 3)} unknown key "[\\"a\\"]"`],
    [
      "a key given twice",
      "refresh: 1\nrefresh: 2",
      `${at(2, 1)} key "refresh" is given twice, first in line 1, column 10`,
    ],
    [
      "a key given flat and nested",
      "web: {listen: auto}\nweb.listen: auto",
      `${at(2, 1)} key "web.listen" is given twice, first in line 1, column 15`,
    ],
    ["the name of a file", "config.file: x", `${at(1, 1)} key "config.file" cannot be set in the file itself`],
    ["a wrong scalar", "log:\n  level: 5", `${at(2, 10)} log.level: "5" is not one of debug, info, warn, error`],
    ["a wrong item of a list", "web.listen:\n  - auto\n  - foo", `${at(3, 5)} web.listen: "foo" ${ADDRESS}`],
    ["an empty list", "web.listen: []", `${at(1, 13)} web.listen: [] is empty`],
    ["a list for a number", "web.max-requests: [1]", `${at(1, 19)} web.max-requests: ["1"] is not a number`],
    ["a mapping for a text", "api.tailnet: {x: y}", `${at(1, 14)} api.tailnet: {"x":"y"} is not text`],
    ["a list for keys", "- a", `${at(1, 1)} expected keys with values`],
    ["a text for keys", "just text", `${at(1, 1)} expected keys with values`],
    ["two documents", "refresh: 1\n---\nrefresh: 2", `${at(2, 1)} not valid YAML: Source contains multiple documents`],
    [
      "a list without end",
      "exporters: [a:1",
      `${at(1, 16)} not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]`,
    ],
    ["a tab", "\trefresh: 1", `${at(1, 1)} not valid YAML: Tabs are not allowed as indentation`],
    ["a tag", "api.tailnet: !x y", `${at(1, 14)} tags are not supported: quote a value that begins with !`],
    ["an alias", "api.tailnet: *x", `${at(1, 14)} aliases are not supported: quote a value that begins with *`],
    ["an anchor", "api.tailnet: &x y", `${at(1, 17)} anchors are not supported: quote a value that begins with &`],
    [
      "a list that holds itself",
      "exporters: &x [*x]",
      `${at(1, 15)} anchors are not supported: quote a value that begins with &\n${at(1, 16)} aliases are not supported: quote a value that begins with *`,
    ],
  ] satisfies [string, string, string][]) {
    test(name, async () => assert.equal(await messageOfExample({ file }), want));
  }
});

describe("resolveSettings() keeps out of its messages", () => {
  for (const file of [
    "[hunter2]",
    "{hunter2}",
    "{hunter2: x}",
    "hunter2: x",
    "!hunter2 x",
    "!<hunter2> x",
    "*hunter2",
    "&hunter2",
    "&hunter2 {",
    "|hunter2",
    ">hunter2 x",
    '"\\hunter2"',
    "'hunter2",
    '"x" hunter2',
    "@hunter2",
    "[x] hunter2",
    "- hunter2",
    "x\nhunter2",
  ]) {
    test(`a secret in the file as ${JSON.stringify(file)}`, async () => {
      const message = await messageOfExample({ file: `api.key: ${file}\n` });
      assert.match(message, /^file /);
      assert.doesNotMatch(message, /hunter2/);
    });
  }

  test("the value of an unknown flag or variable", async () => {
    const message = await messageOfExample({
      argv: ["--api.kez", "hunter2", "--foo=hunter2"],
      env: { TSMON_AGENT_API_KEZ: "hunter2" },
    });
    assert.doesNotMatch(message, /hunter2/);
  });
});

describe("resolveSettings() with several mistakes", () => {
  test("reports all: flags as given, variables by name, the file from its top", async () => {
    const inputs: Inputs = {
      argv: ["--web.max-requests=x", "--foo", "--refresh=y"],
      env: { TSMON_AGENT_PROXY_MAX_BYTES: "z", TSMON_AGENT_BAR: "1" },
      file: "log.level: loud\nbaz: 1\nlog.format: xml",
    };
    assert.equal(
      await messageOfExample(inputs),
      [
        'flag --web.max-requests: "x" is not a number',
        "flag --foo: unknown flag (tsmon agent --help lists them all)",
        'flag --refresh: "y" is not a duration: expected 5s, 1m30s, 500ms or a number of seconds',
        "variable TSMON_AGENT_BAR: unknown variable (tsmon agent --help lists them all)",
        'variable TSMON_AGENT_PROXY_MAX_BYTES: "z" is not a size: expected 50MiB, 64kB or a number of bytes',
        `${at(1, 12)} log.level: "loud" is not one of debug, info, warn, error`,
        `${at(2, 1)} unknown key "baz"`,
        `${at(3, 13)} log.format: "xml" is not one of text, logfmt, json`,
      ].join("\n"),
    );
  });
});
