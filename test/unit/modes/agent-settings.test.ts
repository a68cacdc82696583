import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { mayBacktrack } from "../../../src/config/backtracking.ts";
import { describedFields } from "../../../src/config/described.ts";
import { resolveSettings } from "../../../src/config/load.ts";
import { printSettings } from "../../../src/config/print.ts";
import { Pattern } from "../../../src/config/regexp.ts";
import { AgentSettings } from "../../../src/modes/agent/settings.ts";
import { credentialsOf } from "../../../src/proxy/options.ts";

const resolve = (argv: string[], file = "") =>
  resolveSettings({
    schema: AgentSettings,
    mode: "agent",
    positional: "proxy.exporters",
    argv: [...argv, ...(file && ["--config.file", "f.yml"])],
    env: {},
    readFile: async () => file,
  });
const problemsOf = async (argv: string[], file = "") => {
  const error = await resolve(argv, file).then(
    () => new Error("no problem"),
    (error: Error) => error,
  );
  return error.message.split("\n");
};

test("AgentSettings have default expressions that compile when they are first used, and do not backtrack", async () => {
  const { settings } = await resolve([]);
  const patterns = Object.values(settings).filter((value) => value instanceof Pattern);
  assert.ok(patterns.length > 5);
  for (const pattern of patterns) {
    assert.ok(!mayBacktrack(pattern.source), pattern.source);
    assert.equal(pattern.test(""), new Pattern(pattern.source).test(""), pattern.source);
  }
});

test("AgentSettings describe each setting, switches that share a schema too", () => {
  const described = describedFields(AgentSettings);
  assert.deepEqual(
    described.filter(({ description }) => description === "").map(({ key }) => key),
    [],
  );
  const { description, initial } = described.find(({ key }) => key === "collector.zfs")!;
  assert.deepEqual([description, initial], ["Run the zfs collector", true]);
});

test("AgentSettings refuse options that are no mapping", async () => {
  const problems = await problemsOf([], "proxy.options: 5\n");
  assert.deepEqual(problems, ["file f.yml, line 1, column 16: proxy.options: <secret> is not a mapping"]);
});

test("AgentSettings take exporters as words, by flag and in the file", async () => {
  const words = await resolve(["node:9100", "--peers", "none", "app:8080/x?y=1"]);
  const seen = words.settings["proxy.exporters"].map(({ name, url }) => `${name} ${url}`);
  assert.deepEqual(seen, ["node http://127.0.0.1:9100/metrics", "app http://127.0.0.1:8080/x?y=1"]);
  const file = await resolve([], "proxy:\n  exporters: [node:9100, 'app=https://localhost:1/m']\n");
  assert.equal(file.settings["proxy.exporters"].length, 2);
});

for (const [argv, problem] of [
  [
    ["node"],
    /^argument: "node" is not an exporter: expected NAME:PORT, NAME:PORT\/PATH or NAME=URL, with a password in/,
  ],
  [["app=http://ann:hunter2@127.0.0.1/"], /^argument: "app=http:\/\/<secret>@127\.0\.0\.1\/" is not an exporter/],
  [["--proxy.max-bytes=0"], /^flag --proxy\.max-bytes: "0" is too small: expected more than 0$/],
  [["node:9100", "node:9101"], /^argument: .* has the name of another exporter$/],
  [["tsmon:9100"], /^argument: .* has the name of tsmon's own metrics$/],
  [["app=http://10.0.0.1/metrics"], /^argument: .* is not on this host: --proxy\.allow-remote allows it$/],
  [["--web.telemetry-path", "metrics"], /^flag --web\.telemetry-path: "metrics" is not a path: expected one such as/],
  [["--web.telemetry-path", "/:any"], /^flag --web\.telemetry-path: "\/:any" is not a path/],
  [["--web.telemetry-path", "/healthz"], /^flag --web\.telemetry-path: "\/healthz" is the path of another page$/],
  [["--scrape.timeout", "0s"], /^flag --scrape\.timeout: "0s" is too short: expected more than 0$/],
  [["--proxy.max-bytes", "lots"], /^flag --proxy\.max-bytes: "lots" is not a size/],
  [
    ["--collector.netdev.device-exclude=a", "--collector.netdev.device-include=b"],
    /^flag --collector\.netdev\.device-exclude: "a" cannot be used with --collector\.netdev\.device-include: /,
  ],
  [
    ["--collector.diskstats.device-exclude=", "--collector.filesystem.fs-types-exclude=x"].concat([
      "--collector.diskstats.device-include=a",
      "--collector.filesystem.fs-types-include=b",
    ]),
    /^flag --collector\.filesystem\.fs-types-exclude: "x" cannot be used with /,
  ],
  [
    ["--collector.sysctl.include=fs.file-nr:a-b"],
    /^flag --collector\.sysctl\.include: "fs\.file-nr:a-b" cannot be reported: "node_sysctl_fs_file_nr_a-b" is no name of a metric$/,
  ],
  [["--web.allow", "everybody"], /^flag --web\.allow: "everybody" is not a rule: expected local, tailnet, tag:NAME/],
] as const) {
  test(`AgentSettings refuse ${argv.join(" ")}`, async () => {
    const [line, ...others] = await problemsOf([...argv]);
    assert.match(line!, problem);
    assert.deepEqual(others, []);
  });
}

test("AgentSettings let exporters be elsewhere where that is allowed", async () => {
  const { settings } = await resolve(["app=https://metrics.example.com/m", "--proxy.allow-remote"]);
  assert.equal(settings["proxy.exporters"][0]!.url.href, "https://metrics.example.com/m");
});

const OPTIONS = `
proxy.exporters: [app:1, db:2, web:3]
proxy.options:
  app: {bearer_token: hunter2, labels: {team: a}}
  db: {basic_auth: {username: scraper, password: hünter2}, headers: {X-Scope-OrgID: "hunter2"}}
  web: {tls_config: {server_name: web.example, insecure_skip_verify: true}}
`;

test("AgentSettings show no secret of an exporter", async () => {
  const { settings, given } = await resolve([], OPTIONS);
  const shown = [
    await printSettings(AgentSettings, given),
    JSON.stringify(settings["proxy.options"]!.app),
    inspect(settings["proxy.options"]!.app, { depth: 9 }),
  ].join("\n");
  assert.doesNotMatch(shown, /h[uü]nter2/);
});

test("credentialsOf() makes Prometheus's words headers and TLS options", async () => {
  const { settings } = await resolve([], OPTIONS);
  const { app, db, web } = settings["proxy.options"];
  assert.deepEqual(credentialsOf(app!), { headers: { Authorization: "Bearer hunter2" }, tls: {} });
  const basic = `Basic ${Buffer.from("scraper:hünter2").toString("base64")}`;
  assert.deepEqual(credentialsOf(db!).headers, { "X-Scope-OrgID": "hunter2", Authorization: basic });
  assert.deepEqual(credentialsOf(web!).tls, { servername: "web.example", rejectUnauthorized: false });
  assert.deepEqual(credentialsOf({}), { headers: {}, tls: {} });
});

test("credentialsOf() names the file that it cannot read", () => {
  assert.throws(() => credentialsOf({ bearer_token_file: "/nonexistent/token" }), /\/nonexistent\/token/);
});

for (const [options, problem] of [
  ["db: {}", /names "db", which is no exporter/],
  ["app: {bearer_token: a, basic_auth: {username: a}}", /more than one of bearer_token/],
  ["app: {bearer_tokn: a}", /unknown keys: bearer_tokn \(did you mean bearer_token\?\)/],
  ["app: {headers: {Host: evil}}", /is a header that cannot be set|is not valid/],
  ["app: {headers: {Transfer-Encoding: chunked}}", /is a header that cannot be set|is not valid/],
  ['app: {headers: {X-A: "a\\r\\nHost: b"}}', /is not a header's value/],
  ['app: {headers: {"X A": a}}', /is not a header's name|is not valid/],
  ["app: {labels: {1a: b}}", /is not the name of a label of its own|is not valid/],
  ["app: {labels: {__address__: b}}", /is not the name of a label of its own|is not valid/],
  ['app: {bearer_token: "evil\\n"}', /is not one line of printable ASCII/],
] as const) {
  test(`AgentSettings refuse the options ${options}`, async () => {
    const problems = await problemsOf(["app:1"], `proxy.options:\n  ${options}\n`);
    assert.match(problems.join("\n"), problem);
    assert.doesNotMatch(problems.join("\n"), /evil|Host: b/);
  });
}

const NODE_EXPORTER_FLAGS = [
  [["--collector.diskstats.ignored-devices=^a"], { "collector.diskstats.device-exclude": "^a" }],
  [["--collector.filesystem.ignored-fs-types", "^a"], { "collector.filesystem.fs-types-exclude": "^a" }],
  [["--collector.filesystem.ignored-mount-points=^a"], { "collector.filesystem.mount-points-exclude": "^a" }],
  [["--collector.netdev.device-blacklist=^a"], { "collector.netdev.device-exclude": "^a" }],
  [["--collector.netdev.device-whitelist=^a"], { "collector.netdev.device-include": "^a" }],
  [["--collector.systemd.unit-blacklist=^a"], { "collector.systemd.unit-exclude": "^a" }],
  [["--collector.systemd.unit-whitelist=^a"], { "collector.systemd.unit-include": "^a" }],
  [["--no-collector.wifi", "--no-collector.ethtool", "--no-web.systemd-socket"], {}],
  [["--runtime.gomaxprocs=2", "--runtime.gomaxprocs", "2", "--collector.netclass.netlink"], {}],
  [["--no-collector.netclass.netlink", "--no-collector.netclass_rtnl.with-stats"], {}],
  [["--collector.ethtool.device-include", "^eth", "--collector.qdisk.device-exclude=x"], {}],
  [["--collector.perf.disable-cache-profilers", "--no-collector.ntp.server-is-local", "app:1"], {}],
] as const;
for (const [argv, given] of NODE_EXPORTER_FLAGS) {
  test(`AgentSettings take node_exporter's ${argv.join(" ")}`, async () => {
    const settings = await resolve([...argv]);
    const others = [...settings.given].filter(([key]) => key !== "proxy.exporters");
    assert.deepEqual(Object.fromEntries(others.map(([key, { value }]) => [key, value])), given);
  });
}

for (const [argv, problem] of [
  [["--collector.wifi", "app:1"], /^flag --collector\.wifi: is not supported: there is no wifi collector here\. /],
  [["--web.systemd-socket"], /^flag --web\.systemd-socket: is not supported: tsmon opens its sockets itself/],
  [["--collector.netclass_rtnl.with-stats"], /: is not supported: --collector\.netdev with .* these families$/],
  [["--runtime.gomaxprocs"], /^flag --runtime\.gomaxprocs: needs a value: expected --runtime\.gomaxprocs=VALUE$/],
  [["--collector.netdev.device-blacklist=("], /^flag --collector\.netdev\.device-blacklist: "\(" is not a regular/],
  [["--collector.x.unknown"], /^flag --collector\.x\.unknown: unknown flag/],
] as const) {
  test(`AgentSettings refuse node_exporter's ${argv.join(" ")} with the reason`, async () => {
    const [line, ...others] = await problemsOf([...argv]);
    assert.match(line!, problem);
    assert.deepEqual(others, []);
  });
}
