import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asksFor } from "../../../src/config/arguments.ts";
import { type HelpStyle, helpOf } from "../../../src/config/help.ts";
import { ExampleSettings } from "./example.ts";

const TEXT = {
  schema: ExampleSettings,
  mode: "agent",
  description:
    "Exports metrics of this host and of its tailscaled, and passes on those of local exporters, in one place.",
  examples: [{ command: "tsmon agent node:9100", does: "Passes on a local node_exporter" }],
  positional: "exporters",
};
const help = (style: Partial<HelpStyle>) => helpOf(TEXT, { colour: false, ...style });

describe("helpOf()", () => {
  test("shows usage, examples, sources and all settings by section", () => {
    assert.equal(
      help({}),
      `Usage: tsmon agent [flags] [NAME:PORT ...]

Exports metrics of this host and of its tailscaled, and passes on those of local exporters, in one
place.

Examples:
  tsmon agent node:9100
      Passes on a local node_exporter

Each setting is a flag, or else a variable, or else a key of the file that --config.file names:
--web.listen, TSMON_AGENT_WEB_LISTEN, or web.listen. Lists in a variable are separated by commas.

general:
  --refresh DURATION                      Time between refreshes [default: 5m]
  --proxy.max-bytes SIZE                  Largest answer to pass on [default: 50MiB]
  --exporters NAME:PORT                   Local exporters to pass on [repeatable]
  -h, --help                              Show this help
  --version                               Show the version

config:
  --config.file FILE                      YAML file with settings
  --config.check                          Check the settings, then exit with 0 or 2
  --config.print                          Print the merged settings as YAML, then exit

web:
  --web.listen ADDR:PORT                  Addresses to serve on [repeatable; default: auto]
  --web.max-requests NUMBER               Requests at once; 0 | any number [default: 40]

log:
  --log.level debug|info|warn|error       Least severe level to log [default: info]
  --log.format text|logfmt|json           Form of log lines [default: text]

collector:
  --[no-]collector.cpu                    CPU time by mode
  --[no-]collector.filesystem             Sizes of mounted filesystems
  --collector.filesystem.mount-points-exclude REGEXP
                                          Mount points to leave out [default: ^/(dev|proc)($|/)]
  --collector.ntp                         Offset of an NTP server

api:
  --api.key KEY                           Key of the Tailscale API
  --api.tailnet VALUE                     Name of the tailnet [default: -]
  --api.user-ids NUMBER                   Users to show [repeatable]
`,
    );
  });

  for (const columns of [40, 60, 80, 300]) {
    test(`fits ${columns} columns, and never more than 100`, () => {
      const lines = help({ columns }).split("\n");
      const tooLong = lines.filter((line) => line.length > Math.min(columns, 100) && line.trim().includes(" "));
      // The usage, and a flag with its placeholder, are not broken.
      assert.deepEqual(
        tooLong.filter((line) => !/^(?: {2}--|Usage: )/.test(line)),
        [],
      );
    });
  }

  test("has colours only when asked, and the same text", () => {
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
    assert.doesNotMatch(help({}), escapes);
    assert.match(help({ colour: true }), escapes);
    assert.equal(help({ colour: true }).replace(escapes, ""), help({}));
  });
});

describe("asksFor()", () => {
  for (const [argv, want] of [
    [["--help"], "help"],
    [["--web.listen=a:1", "-h"], "help"],
    [["--version"], "version"],
    [["--version", "--help"], "help"],
    [["node:9100", "--", "--help"], undefined],
    [[], undefined],
  ] as const) {
    test(`finds ${want} in ${JSON.stringify(argv)}`, () => assert.equal(asksFor(argv), want));
  }
});
