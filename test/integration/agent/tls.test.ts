import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { hashSync } from "bcryptjs";
import { freePort } from "../../free-port.ts";
import { FakeTailscaled, sendText, statusOf } from "../fake-tailscaled.ts";
import { Tsmon } from "./tsmon.ts";

const TIMEOUT = { timeout: 60_000 };
const FEW = ["--collector.disable-defaults", "--collector.loadavg"];
const FIXTURES = fileURLToPath(new URL("../../fixtures/tls/", import.meta.url));
const pem = (file: string) => readFileSync(`${FIXTURES}${file}`, "utf8");

/** Status of an answer over TLS, and whose certificate was shown; the error's name where there is none. */
function ask(port: number, options: RequestOptions = {}): Promise<[number | undefined, string]> {
  return new Promise((resolve) => {
    const secure = { host: "127.0.0.1", port, path: "/metrics", agent: false as const, rejectUnauthorized: false };
    const outgoing = request({ ...secure, ...options }, (incoming) => {
      const { subject } = (incoming.socket as TLSSocket).getPeerCertificate();
      incoming.resume();
      incoming.on("end", () => resolve([incoming.statusCode, String(subject?.CN ?? "")]));
    });
    outgoing.on("error", () => resolve([undefined, "error"]));
    outgoing.end();
  });
}

/** Asks until the certificate of this name is shown. */
async function shows(port: number, name: string): Promise<void> {
  while ((await ask(port))[1] !== name) await new Promise((resolve) => setTimeout(resolve, 100));
}

describe("tsmon agent", () => {
  test("serves HTTPS with passwords from a web configuration file, and follows its changes", TIMEOUT, async () => {
    await using folder = new Tsmon(["--version"]);
    const at = (name: string) => join(folder.directory, name);
    copyFileSync(`${FIXTURES}one.crt`, at("c.pem"));
    copyFileSync(`${FIXTURES}one.key`, at("k.pem"));
    const users = (password: string) =>
      writeFileSync(
        at("web.yml"),
        `tls_server_config: {cert_file: c.pem, key_file: k.pem}\nbasic_auth_users: {alice: "${hashSync(password, 4)}"}\n`,
      );
    users("first");
    const port = await freePort();
    await using agent = new Tsmon([
      "agent",
      "--web.listen",
      `127.0.0.1:${port}`,
      "--web.config.file",
      at("web.yml"),
      ...FEW,
    ]);
    await agent.says(/ info Serving metrics on https:\/\/127/);
    assert.deepEqual(await ask(port), [401, "one"]);
    assert.deepEqual(await ask(port, { auth: "alice:first" }), [200, "one"]);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`));

    users("second");
    while ((await ask(port, { auth: "alice:second" }))[0] !== 200)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(await ask(port, { auth: "alice:first" }), [401, "one"]);

    writeFileSync(at("web.yml"), "basic_auth_users: [\n");
    while (!agent.log.some((line) => line.includes("not valid YAML"))) await ask(port);
    assert.deepEqual(await ask(port, { auth: "alice:second" }), [200, "one"]);

    // As it is for a moment when the files are replaced one after the other.
    copyFileSync(`${FIXTURES}two.crt`, at("c.pem"));
    users("second");
    while (!agent.log.some((line) => line.includes("tls_server_config cannot be used"))) await ask(port);
    assert.deepEqual(await ask(port, { auth: "alice:second" }), [200, "one"]);

    copyFileSync(`${FIXTURES}two.key`, at("k.pem"));
    await shows(port, "two");
    assert.deepEqual(await ask(port, { auth: "alice:second" }), [200, "two"]);
  });

  test("refuses to start with a web configuration file that it cannot use", TIMEOUT, async () => {
    await using folder = new Tsmon(["--version"]);
    const file = join(folder.directory, "web.yml");
    writeFileSync(file, "basic_auth_users: {alice: hunter2}\n");
    for (const check of [[], ["--config.check"]]) {
      await using tsmon = new Tsmon(["agent", "--web.config.file", file, ...check]);
      const { code, stderr } = await tsmon.ended();
      assert.deepEqual(
        [code, stderr],
        [2, `${file}: basic_auth_users.alice: is not a bcrypt hash of a cost from 4 to 18\n`],
      );
    }
  });

  test(
    "serves with tailscaled's certificate once there is one, never without, and takes the next",
    TIMEOUT,
    async () => {
      await using fake = await FakeTailscaled.start({ status: { ...statusOf(1), CertDomains: ["self.lab.ts.net"] } });
      let answer: [number, string] = [500, "cert not ready\n"];
      fake.override("cert/self.lab.ts.net", (_, response) => sendText(response, ...answer));
      const port = await freePort();
      const listen = ["--web.listen", `127.0.0.1:${port}`, "--web.tls", "tailscale"];
      await using agent = new Tsmon(["agent", ...listen, "--socket", fake.socketPath, ...FEW]);
      await agent.says(/ info Waiting for tailscaled's certificate/);
      await agent.says(/ warn Cannot read LocalAPI cert: status 500 /);
      assert.equal((await ask(port))[0], undefined);
      answer = [200, pem("one.key") + pem("two.crt")];
      agent.signal("SIGHUP"); // which asks at once instead of after half a minute
      await agent.says(/ warn Cannot use tailscaled's certificate: /);
      answer = [200, pem("one.key") + pem("one.crt")];
      agent.signal("SIGHUP");
      await agent.says(/ info Certificate from tailscaled domain=self\.lab\.ts\.net/);
      await shows(port, "one");
      assert.equal(
        fake.requests.find(({ url }) => url?.includes("cert/"))?.url,
        "/localapi/v0/cert/self.lab.ts.net?type=pair",
      );
      assert.ok(!agent.log.some((line) => line.includes("PRIVATE")));
    },
  );

  test("keeps its address when a reload names one that it cannot have", TIMEOUT, async () => {
    await using folder = new Tsmon(["--version"]);
    const at = (name: string) => join(folder.directory, name);
    writeFileSync(at("web.yml"), `tls_server_config: {cert_file: ${FIXTURES}one.crt, key_file: ${FIXTURES}one.key}\n`);
    const listen = (address: string) => writeFileSync(at("tsmon.yml"), `web.listen: ["${address}"]\n`);
    const port = await freePort();
    listen(`127.0.0.1:${port}`);
    const files = ["--config.file", at("tsmon.yml"), "--web.config.file", at("web.yml")];
    await using agent = new Tsmon(["agent", ...files, "--socket", "/nonexistent.sock", ...FEW]);
    await agent.says(/ info Serving metrics on https/);
    listen(`192.0.2.1:${port}`);
    agent.signal("SIGHUP");
    await agent.says(/ error Cannot reload the settings, so the old ones stay: Cannot listen on 192\.0\.2\.1/);
    assert.deepEqual(await ask(port), [200, "one"]);
    const other = await freePort();
    listen(`127.0.0.1:${other}`);
    agent.signal("SIGHUP");
    await agent.says(/ info Settings reloaded/);
    assert.deepEqual(await ask(other), [200, "one"]);
    assert.equal((await ask(port))[0], undefined);
  });

  test("asks for a client certificate where it is told to", {
    ...TIMEOUT,
    skip: process.versions.deno !== undefined,
  }, async () => {
    await using folder = new Tsmon(["--version"]);
    const file = join(folder.directory, "web.yml");
    const paths = `cert_file: ${FIXTURES}one.crt, key_file: ${FIXTURES}one.key, client_ca_file: ${FIXTURES}two.crt`;
    writeFileSync(file, `tls_server_config: {${paths}, client_auth_type: RequireAndVerifyClientCert}\n`);
    const port = await freePort();
    await using agent = new Tsmon(["agent", "--web.listen", `127.0.0.1:${port}`, "--web.config.file", file, ...FEW]);
    await agent.says(/ info Serving metrics on https/);
    assert.equal((await ask(port))[0], undefined);
    assert.equal((await ask(port, { cert: pem("one.crt"), key: pem("one.key") }))[0], undefined);
    assert.equal((await ask(port, { cert: pem("two.crt"), key: pem("two.key") }))[0], 200);
  });
});
