import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jsonSchemaOf, settingsTable } from "../../../src/config/table.ts";
import { ExampleSettings } from "./example.ts";

describe("settingsTable()", () => {
  test("has a row with flag, variable, default and description for each setting", () => {
    const lines = settingsTable(ExampleSettings, "agent").trimEnd().split("\n");
    assert.equal(lines.length, 2 + Object.keys(ExampleSettings.shape).length);
    assert.deepEqual(lines.slice(0, 3), [
      "| flag | variable | default | description |",
      "| --- | --- | --- | --- |",
      "| `--config.file` | `TSMON_AGENT_CONFIG_FILE` |  | YAML file with settings |",
    ]);
    assert.ok(lines.includes("| `--web.listen` | `TSMON_AGENT_WEB_LISTEN` | `auto` | Addresses to serve on |"));
  });

  test("escapes the bars of cells", () => {
    const table = settingsTable(ExampleSettings, "agent");
    assert.match(table, /`\^\/\(dev\\\|proc\)\(\$\\\|\/\)` \| Mount points/);
    assert.match(table, /Requests at once; 0 \\\| any number/);
  });
});

describe("jsonSchemaOf()", () => {
  test("describes the keys of the file and allows no others", () => {
    const json = jsonSchemaOf(ExampleSettings, "agent");
    assert.equal(json.title, "Settings of tsmon agent");
    assert.equal(json.additionalProperties, false);
    assert.deepEqual(json.properties?.refresh, {
      description: "Time between refreshes",
      placeholder: "DURATION",
      default: "5m",
      type: ["number", "string"],
    });
    assert.equal(json.properties?.["config.file"], undefined);
  });
});
