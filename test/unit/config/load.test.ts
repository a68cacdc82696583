import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import * as z from "zod/mini";
import { resolveSettings } from "../../../src/config/load.ts";
import { ConfigError } from "../../../src/config/problem.ts";
import { Pattern } from "../../../src/config/regexp.ts";
import { type Inputs, resolveExample } from "./example.ts";

const AUTO = { host: "auto", port: undefined };
const host = (name: string) => ({ host: name, port: 1 });

describe("resolveSettings()", () => {
  test("gives each setting its default", async () => {
    const { settings, given } = await resolveExample({});
    assert.deepEqual(settings, {
      "config.check": false,
      "config.print": false,
      "web.listen": [AUTO],
      "web.max-requests": 40,
      "log.level": "info",
      "log.format": "text",
      "collector.cpu": true,
      "collector.filesystem": true,
      "collector.filesystem.mount-points-exclude": new Pattern("^/(dev|proc)($|/)"),
      "collector.ntp": false,
      refresh: 300,
      "proxy.max-bytes": 50 * 1024 * 1024,
      "api.tailnet": "-",
      "api.user-ids": [],
      exporters: [],
    });
    assert.equal(given.size, 0);
  });

  for (const [name, inputs, key, want] of [
    ["takes the value after =", { argv: ["--log.level=warn"] }, "log.level", "warn"],
    ["takes the next word as the value", { argv: ["--log.level", "warn"] }, "log.level", "warn"],
    ["keeps a later = in the value", { argv: ["--api.tailnet=a=b"] }, "api.tailnet", "a=b"],
    ["lets the last flag of a scalar win", { argv: ["--log.level=warn", "--log.level=error"] }, "log.level", "error"],
    ["takes a negative number as the next word", { argv: ["--api.tailnet", "-5"] }, "api.tailnet", "-5"],
    ["takes a value that begins with - after =", { argv: ["--api.tailnet=-x"] }, "api.tailnet", "-x"],
    ["takes a boolean flag alone", { argv: ["--collector.ntp"] }, "collector.ntp", true],
    ["takes --no- of a boolean", { argv: ["--no-collector.cpu"] }, "collector.cpu", false],
    ["takes a value of a boolean", { argv: ["--collector.cpu=false"] }, "collector.cpu", false],
    ["lets the last of --no-x and --x win", { argv: ["--no-collector.cpu", "--collector.cpu"] }, "collector.cpu", true],
    [
      "collects a list's flags",
      { argv: ["--web.listen", "a:1", "--web.listen=b:1"] },
      "web.listen",
      [host("a"), host("b")],
    ],
    ["collects words", { argv: ["a:1", "--collector.ntp", "b:2"] }, "exporters", ["a:1", "b:2"]],
    ["adds words to their setting's flags", { argv: ["--exporters=a:1", "b:2"] }, "exporters", ["a:1", "b:2"]],
    ["takes all words after --", { argv: ["--", "a:1"] }, "exporters", ["a:1"]],
    ["reads a variable", { env: { TSMON_AGENT_WEB_MAX_REQUESTS: "7" } }, "web.max-requests", 7],
    ["splits a list's variable at commas", { env: { TSMON_AGENT_API_USER_IDS: "1, 2" } }, "api.user-ids", [1, 2]],
    ["takes an empty variable for one not set", { env: { TSMON_AGENT_LOG_LEVEL: "" } }, "log.level", "info"],
    ["ignores the variables of other modes", { env: { TSMON_FLEET_X: "1", TSMON_AGENTX: "1" } }, "log.level", "info"],
    ["reads yes, no, on and off as booleans", { env: { TSMON_AGENT_COLLECTOR_CPU: "Off" } }, "collector.cpu", false],
    ["reads a flat key", { file: "web.listen: [a:1, b:1]" }, "web.listen", [host("a"), host("b")]],
    ["reads a nested key", { file: "web:\n  listen:\n    - a:1\n" }, "web.listen", [host("a")]],
    [
      "reads a dotted key inside another",
      { file: "collector: {filesystem.mount-points-exclude: x}" },
      "collector.filesystem.mount-points-exclude",
      new Pattern("x"),
    ],
    [
      "reads keys below a boolean",
      { file: "collector: {filesystem: {mount-points-exclude: x}}" },
      "collector.filesystem.mount-points-exclude",
      new Pattern("x"),
    ],
    ["splits a list's scalar at commas", { file: "web.listen: a:1, b:1" }, "web.listen", [host("a"), host("b")]],
    ["keeps the comma of a list's item", { file: 'api.user-ids: ["1"]\nexporters: ["a:1"]' }, "exporters", ["a:1"]],
    ["reads objects in a list", { file: "exporters: [{name: x, port: 5}]" }, "exporters", [{ name: "x", port: 5 }]],
    ["keeps a text that looks like a number", { file: "api.tailnet: 0x10" }, "api.tailnet", "0x10"],
    [
      "takes a key without value for one not set",
      { file: "log.level:\nweb:\nrefresh: ~\nlog.format: null" },
      "log.level",
      "info",
    ],
    ["reads a YAML boolean", { file: "collector.cpu: no" }, "collector.cpu", false],
    ["reads a file without keys", { file: "# nothing\n\n  # more\n" }, "log.level", "info"],
    ["reads a key between comments", { file: "\uFEFF# a\r\n\r\n  log.level: warn\r\n# b" }, "log.level", "warn"],
    [
      "finds the file by its variable",
      { env: { TSMON_AGENT_CONFIG_FILE: "/etc/tsmon.yml" }, file: "log.level: warn" },
      "log.level",
      "warn",
    ],
    [
      "prefers the flag",
      { argv: ["--log.level=debug"], env: { TSMON_AGENT_LOG_LEVEL: "warn" }, file: "log.level: error" },
      "log.level",
      "debug",
    ],
    [
      "prefers the variable to the file",
      { env: { TSMON_AGENT_LOG_LEVEL: "warn" }, file: "log.level: error" },
      "log.level",
      "warn",
    ],
    ["replaces a list of a weaker source", { argv: ["a:1"], file: "exporters: [b:2]" }, "exporters", ["a:1"]],
    [
      "does not check a value that another hides",
      { argv: ["--log.level=warn"], file: "log.level: 5" },
      "log.level",
      "warn",
    ],
  ] satisfies [string, Inputs, string, unknown][]) {
    test(name, async () => {
      const settings: Record<string, unknown> = (await resolveExample(inputs)).settings;
      assert.deepEqual(settings[key], want);
    });
  }

  test("freezes the settings and their lists", async () => {
    const { settings } = await resolveExample({ file: "exporters: [{name: x, port: 5}]" });
    assert.ok([settings, settings.exporters, settings.exporters[0], settings["web.listen"][0]].every(Object.isFrozen));
  });

  test("says where each given setting was given", async () => {
    const { given } = await resolveExample({
      argv: ["--collector.ntp", "a:1"],
      env: { TSMON_AGENT_LOG_LEVEL: "warn" },
      file: "api:\n  tailnet: x",
    });
    const labels = [...given].map(([key, { source }]) => `${key} ${source.label}`).toSorted();
    assert.deepEqual(labels, [
      "api.tailnet file /etc/tsmon.yml, line 2, column 12",
      "collector.ntp flag --collector.ntp",
      "config.file flag --config.file",
      "exporters argument",
      "log.level variable TSMON_AGENT_LOG_LEVEL",
    ]);
  });

  test("shows no secret but by reveal()", async () => {
    const resolved = await resolveExample({ argv: ["--api.key=hunter2"] });
    assert.equal(resolved.settings["api.key"]?.reveal(), "hunter2");
    const shown = [
      inspect(resolved, { depth: 9 }),
      JSON.stringify(resolved.settings),
      String(resolved.settings["api.key"]),
    ];
    assert.doesNotMatch(shown.join(), /hunter2/);
  });

  test("refuses words in a mode that takes none", async () => {
    const schema = z.strictObject({ "web.path": z._default(z.string(), "/metrics") });
    const argv = ["node:9100", "--web.path=/m", "--", "--web.path=/x"];
    const sources = { schema, mode: "fleet", argv, env: {}, readFile: async () => "" };
    await assert.rejects(resolveSettings(sources), (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.equal(
        error.message,
        'argument: "node:9100" is not expected: tsmon fleet takes only flags such as --key=value\n' +
          'argument: "--web.path=/x" is not expected: tsmon fleet takes only flags such as --key=value',
      );
      return true;
    });
  });

  test("reports a setting that must be given, and a rule over several settings", async () => {
    const schema = z
      .strictObject({ "api.key": z.string(), low: z._default(z.int(), 1), high: z._default(z.int(), 2) })
      .check(({ value, issues }) => {
        if (value.low > value.high)
          issues.push({ code: "custom", input: value, path: ["low"], message: "is above --high" });
      });
    const reject = (argv: string[]) =>
      resolveSettings({ schema, mode: "fleet", argv, env: {}, readFile: async () => "" });
    await assert.rejects(reject([]), { message: "setting api.key: needs a value" });
    await assert.rejects(reject(["--api.key=x", "--low=5"]), { message: "flag --low: 5 is above --high" });
  });

  test("refuses a schema in which two keys share a variable", async () => {
    const schema = z.strictObject({ "a.b": z._default(z.string(), ""), "a-b": z._default(z.string(), "") });
    const env = { TSMON_FLEET_A_B: "1" };
    await assert.rejects(resolveSettings({ schema, mode: "fleet", argv: [], env, readFile: async () => "" }), {
      name: "RangeError",
      message: 'Cannot define settings: "a.b" and "a-b" are both TSMON_FLEET_A_B',
    });
  });
});
