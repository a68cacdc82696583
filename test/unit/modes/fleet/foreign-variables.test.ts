import assert from "node:assert/strict";
import { test } from "node:test";
import { resolveSettings } from "../../../../src/config/load.ts";
import { translateForeignVariables } from "../../../../src/modes/fleet/foreign-variables.ts";
import { FleetSettings } from "../../../../src/modes/fleet/settings.ts";

const settingsOf = async (env: Record<string, string>) => {
  const translated = translateForeignVariables(env);
  const { settings } = await resolveSettings({
    schema: FleetSettings,
    mode: "fleet",
    argv: [],
    env: translated.env,
    readFile: async () => "",
  });
  return { settings, notes: translated.notes };
};

test("translateForeignVariables() takes tsmetrics' variables", async () => {
  const { settings, notes } = await settingsOf({
    TAILNET_NAME: "example.com",
    OAUTH_CLIENT_ID: "id",
    OAUTH_CLIENT_SECRET: "tskey-client-secret",
    TARGET_DEVICES: "a,b*",
    SCRAPE_TAG: "exporter",
    CLIENT_METRICS_PORT: "6000",
    CLIENT_METRICS_TIMEOUT: "3s",
    MAX_CONCURRENT_SCRAPES: "7",
    PORT: "9100",
    BIND_HOST: "0.0.0.0",
    LOG_LEVEL: "WARN",
  });
  assert.equal(settings["api.tailnet"], "example.com");
  assert.equal(settings["api.oauth-client-secret"]?.reveal(), "tskey-client-secret");
  assert.deepEqual(settings["live.name"], ["a", "b*"]);
  assert.deepEqual(settings["live.tag"], ["tag:exporter"]);
  assert.deepEqual([settings["webclient.port"], settings["live.timeout"], settings["live.concurrency"]], [6000, 3, 7]);
  assert.deepEqual(settings["web.listen"], [{ host: "0.0.0.0", port: 9100 }]);
  assert.equal(settings["log.level"], "warn");
  assert.equal(notes.length, 10);
  assert.ok(
    notes.includes("The variable OAUTH_CLIENT_ID of another exporter is taken as TSMON_FLEET_API_OAUTH_CLIENT_ID"),
  );
  assert.ok(!notes.join().includes("secret"), notes.join("\n"));
});

test("translateForeignVariables() takes tailscale-exporter's variables", async () => {
  const { settings } = await settingsOf({
    TAILSCALE_TAILNET: "example.org",
    TAILSCALE_OAUTH_CLIENT_ID: "id",
    TAILSCALE_OAUTH_CLIENT_SECRET: "secret",
    HEADSCALE_ADDRESS: "hs.example.com:50443",
    HEADSCALE_API_KEY: "key",
  });
  assert.equal(settings["api.tailnet"], "example.org");
  assert.equal(settings["headscale.url"], "https://hs.example.com");
  assert.equal(settings["headscale.key"]?.reveal(), "key");
});

test("translateForeignVariables() leaves names that anything may have, and what is set under our own", () => {
  assert.deepEqual(translateForeignVariables({ PORT: "80", LOG_LEVEL: "debug" }).notes, []);
  const { env, notes } = translateForeignVariables({ TAILNET_NAME: "a", TSMON_FLEET_API_TAILNET: "b" });
  assert.deepEqual([env.TSMON_FLEET_API_TAILNET, notes], ["b", []]);
});

test("translateForeignVariables() says of variables without a setting what to use instead", () => {
  const { notes } = translateForeignVariables({ OAUTH_TOKEN: "t", METRICS_TOKEN: "a-token-of-twenty-chars" });
  assert.deepEqual(notes, [
    "The variable OAUTH_TOKEN of another exporter is taken as TSMON_FLEET_API_KEY",
    "The variable METRICS_TOKEN of another exporter does nothing here: --web.allow says who may read, --web.config.file has passwords",
  ]);
  assert.deepEqual(translateForeignVariables({ METRICS_TOKEN: "x" }).notes, [], "a name that anything may have");
});

test("translateForeignVariables() takes a time without a unit for seconds, as tsmetrics does", async () => {
  const { settings } = await settingsOf({ CLIENT_METRICS_TIMEOUT: "7" });
  assert.equal(settings["live.timeout"], 7);
});
