import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { printSettings } from "../../../src/config/print.ts";
import { ExampleSettings, type Inputs, resolveExample } from "./example.ts";

const print = async (inputs: Inputs) => printSettings(ExampleSettings, (await resolveExample(inputs)).given);

describe("printSettings()", () => {
  test("names the source of each setting, and masks secrets", async () => {
    const text = await print({
      argv: ["--api.key=hunter2", "--web.listen=a:1", "--web.listen=b:2", "--no-collector.cpu"],
      env: { TSMON_AGENT_LOG_LEVEL: "warn" },
      file: "refresh: 1m\nexporters: [{name: x, port: 5}]",
    });
    assert.equal(
      text,
      `web.listen: [ a:1, b:2 ] # flag --web.listen
web.max-requests: 40 # default
log.level: warn # variable TSMON_AGENT_LOG_LEVEL
log.format: text # default
collector.cpu: false # flag --no-collector.cpu
collector.filesystem: true # default
collector.filesystem.mount-points-exclude: ^/(dev|proc)($|/) # default
collector.ntp: false # default
refresh: 1m # file /etc/tsmon.yml, line 1, column 10
proxy.max-bytes: 50MiB # default
# api.key: <secret> # flag --api.key
api.tailnet: "-" # default
api.user-ids: [] # default
exporters: [ { name: x, port: 5 } ] # file /etc/tsmon.yml, line 2, column 12
`,
    );
  });

  for (const [name, inputs] of [
    ["the defaults", {}],
    [
      "lists and objects",
      { argv: ["a:1", "--web.listen=[::1]:5", "--web.listen=:7"], env: { TSMON_AGENT_API_USER_IDS: "1,2" } },
    ],
    ["objects of a file", { file: "exporters: [a:1, {name: 'y, \"z', port: 5}]" }],
    ["an empty list", { file: "exporters: []" }],
    ...[
      "",
      " ",
      "true",
      "5",
      "null",
      "~",
      "a: b",
      "a #b",
      "- a",
      "*a",
      "&a",
      "!a",
      "a\nb\n",
      "\t",
      "'",
      '"',
      "\\d",
      "é\u2028",
      "x".repeat(200),
      "a, [b], {c}",
    ].map((tailnet) => [`the text ${JSON.stringify(tailnet)}`, { argv: [`--api.tailnet=${tailnet}`] }] as const),
  ] satisfies (readonly [string, Inputs])[]) {
    test(`gives a file that gives the same settings: ${name}`, async () => {
      const { settings, given } = await resolveExample(inputs);
      const again = await resolveExample({ file: await printSettings(ExampleSettings, given) });
      const { "config.file": _, ...want } = settings;
      const { "config.file": __, ...found } = again.settings;
      assert.deepEqual(found, want);
    });
  }
});
