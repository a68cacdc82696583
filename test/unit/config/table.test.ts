import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { settingsTable } from "../../../src/config/table.ts";
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
