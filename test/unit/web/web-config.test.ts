import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { readWebConfig, type WebConfig } from "../../../src/web/web-config.ts";
import { WebConfigFile } from "../../../src/web/web-config-file.ts";

const directory = mkdtempSync(join(tmpdir(), "tsmon-web-"));
after(() => rmSync(directory, { recursive: true, force: true }));
const path = join(directory, "web.yml");
const fixture = (file: string) => readFileSync(new URL(`../../fixtures/tls/${file}`, import.meta.url), "utf8");
const [CERT, KEY] = [fixture("one.crt"), fixture("one.key")];
const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
write("c.pem", CERT);
write("k.pem", KEY);
write("other.pem", fixture("two.crt"));
write("empty.pem", "");
const HASH = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze";
const read = (text: string) => {
  writeFileSync(path, text);
  return readWebConfig(path);
};

const isDeno = process.versions.deno !== undefined;

test("readWebConfig() reads a file of the exporters' format", () => {
  const ofBinary = `client_ca_file: ${directory}/c.pem, client_auth_type: RequireAndVerifyClientCert, min_version: TLS13`;
  const config = read(`
tls_server_config: {cert_file: c.pem, key_file: k.pem, prefer_server_cipher_suites: true, ${isDeno ? "" : ofBinary}}
http_server_config:
  http2: true
  headers: {X-Frame-Options: deny, X-XSS-Protection: ""}
basic_auth_users: {alice: ${HASH}}
rate_limit: {interval: 1s, burst: 20}
`);
  const more = isDeno
    ? { clientCa: undefined, minVersion: undefined }
    : { clientCa: CERT, minVersion: "TLS13" as const };
  assert.deepEqual(config, {
    tls: { cert: CERT, key: KEY, ...more, maxVersion: undefined },
    headers: { "X-Frame-Options": "deny" },
    users: { alice: HASH },
    rateLimit: { intervalSeconds: 1, burst: 20 },
    files: [path, ...["c.pem", "k.pem", ...(isDeno ? [] : ["c.pem"])].map((name) => join(directory, name))],
  } satisfies WebConfig);
  const empty = { tls: undefined, headers: {}, users: {}, rateLimit: undefined, files: [path] };
  assert.deepEqual(read(""), empty);
});

for (const [text, problem] of [
  ["[", /not valid YAML$/],
  ["tls_server_confg: {}", /the file: .*tls_server_confg/],
  ["tls_server_config: {}", /cert_file is missing$/],
  ["tls_server_config: {cert_file: c.pem}", /key_file is missing$/],
  ["tls_server_config: {cert_file: no.pem, key_file: k.pem}", /cannot read .*no\.pem: ENOENT$/],
  ["tls_server_config: {cert: A, cert_file: c.pem, key: B}", /both cert and cert_file$/],
  ["tls_server_config: {cert: A, key: B, client_auth_type: RequireAndVerifyClientCert}", /go together$/],
  ["tls_server_config: {cert: A, key: B, client_ca: C}", /go together$/],
  [
    "tls_server_config: {cert: A, key: B, client_auth_type: RequestClientCert}",
    /client_auth_type: is not NoClientCert/,
  ],
  ["tls_server_config: {cert: A, key: B, client_allowed_sans: [a]}", /client_allowed_sans: cannot be had here: have/],
  ["tls_server_config: {cert: A, key: B, cipher_suites: [a]}", /cipher_suites: cannot be had here: the runtime/],
  [
    "tls_server_config: {cert: A, key: B, curve_preferences: [a]}",
    /curve_preferences: cannot be had here: the runtime/,
  ],
  ["tls_server_config: {cert_file: empty.pem, key_file: k.pem}", /tls_server_config cannot be used: ./],
  ["tls_server_config: {cert_file: c.pem, key_file: empty.pem}", /tls_server_config cannot be used: ./],
  ["tls_server_config: {cert_file: other.pem, key_file: k.pem}", /tls_server_config cannot be used: .*mismatch/i],
  [
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, min_version: TLS13, max_version: TLS12}",
    /min_version is above max_version$/,
  ],
  [
    "tls_server_config: {cert_file: c.pem, key_file: k.pem, client_ca_file: empty.pem, client_auth_type: RequireAndVerifyClientCert}",
    /client_ca_file has no certificate$/,
  ],
  ["tls_server_config: {cert: A, key: B, min_version: TLS10}", /min_version/],
  ["basic_auth_users: {alice: hunter2}", /basic_auth_users\.alice: is not a bcrypt hash of a cost from 4 to 18$/],
  [`basic_auth_users: {alice: ${HASH.replace("$10", "$31")}}`, /is not a bcrypt hash of a cost/],
  ["http_server_config: {headers: {X-Other: a}}", /X-Other/],
  ['http_server_config: {headers: {X-Frame-Options: "a\\r\\nb"}}', /is not a header's value$/],
  ["rate_limit: {interval: often}", /rate_limit\.interval: is not a duration$/],
] as const) {
  test(`readWebConfig(${JSON.stringify(text)}) refuses`, () => {
    assert.throws(
      () => read(text),
      (error: Error) => {
        assert.equal(error.name, "WebConfigError");
        assert.match(error.message, problem);
        assert.ok(error.message.startsWith(`${path}: `) && !error.message.includes("hunter2"), error.message);
        return true;
      },
    );
  });
}

test("WebConfigFile follows changes and keeps the last version that can be used", async (t) => {
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  writeFileSync(path, `basic_auth_users: {alice: ${HASH}}\n`);
  const changes: WebConfig[] = [];
  const problems: (string | undefined)[] = [];
  const file = new WebConfigFile(
    path,
    (config) => changes.push(config),
    (error) => problems.push(error?.message),
  );
  const usersNow = () => {
    now += 1100;
    return Object.keys(file.current.users);
  };
  assert.deepEqual(usersNow(), ["alice"]);
  writeFileSync(path, `basic_auth_users: {bob: ${HASH}, carol: ${HASH}}\n`);
  assert.deepEqual(usersNow(), ["bob", "carol"]);
  writeFileSync(path, "basic_auth_users: [\n");
  assert.deepEqual(usersNow(), ["bob", "carol"]);
  rmSync(path);
  assert.deepEqual(usersNow(), ["bob", "carol"]);
  symlinkSync(path, path); // no look at it can end well
  assert.deepEqual(usersNow(), ["bob", "carol"]);
  rmSync(path);
  writeFileSync(path, `basic_auth_users: {dave: ${HASH}}\n`);
  assert.deepEqual(usersNow(), ["dave"]);
  assert.equal(changes.length, 2);
  const reasons = problems.map((problem) => problem?.replace(/^.*: /, ""));
  assert.deepEqual(reasons, [undefined, "not valid YAML", "ENOENT", "ELOOP", undefined]);
  assert.equal(problems.at(-1), undefined);
});
