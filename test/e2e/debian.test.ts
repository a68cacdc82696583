import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { packageRelease } from "../../scripts/release/package.ts";
import { TARGETS } from "../../scripts/release/targets.ts";
import { freePort } from "../free-port.ts";
import { FakeTailscaled, statusOf } from "../integration/fake-tailscaled.ts";
import { BINARY } from "./binary.ts";
import { DebianRoot, debianObstacle } from "./debian-root.ts";

/** Making the root takes a minute, once. */
const TIMEOUT = { timeout: 600_000 };
const obstacle = debianObstacle();
const skip = obstacle !== undefined && !process.env.CI && obstacle;
const INSTALLER = fileURLToPath(new URL("../../packaging/install.sh", import.meta.url));

/** Prints a headline, and below it what a command says. */
const script = (port: number) => `
step() { echo "== $1"; shift; "$@"; echo "-- $?"; }
scrape() { curl -fsS http://127.0.0.1:${port}/metrics; }
stamp() { systemctl show -P "$1" tsmon-agent; }
`;

/** What the steps of a script printed, and their exit codes. */
function stepsOf(output: string): Map<string, { text: string; code: number }> {
  const parts = output.split(/^== /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [, title = "", text = "", code] = /^(.*)\n([\s\S]*)^-- (\d+)$/m.exec(part) ?? [];
      return [title, { text, code: Number(code) }];
    }),
  );
}

describe("a clean Debian", { skip }, () => {
  const dist = `${mkdtempSync(join(tmpdir(), "tsmon-dist-"))}/`;
  after(() => rmSync(dist, { recursive: true, force: true }));
  const debian = process.arch === "arm64" ? "arm64" : "amd64";

  /** The release of this machine's binary, served to the container. */
  async function mirror() {
    const targets = TARGETS.filter(({ name }) => name === `linux-${debian}`);
    if (!existsSync(`${dist}SHA256SUMS`)) {
      copyFileSync(BINARY, `${dist}tsmon-linux-${debian}`);
      const installer = readFileSync(INSTALLER, "utf8");
      await packageRelease({ dist, targets, version: "9.9.9", mtime: 0, installer, fast: true });
    }
    const server = createServer(({ url = "" }, response) => {
      const file = join(dist, url.split("/").at(-1) ?? "");
      if (!existsSync(file)) response.writeHead(404).end();
      else response.end(readFileSync(file));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, [Symbol.dispose]: () => void server.close() };
  }

  test(
    "one line of install.sh ends in a service that serves a scrape, reloads, and is gone again",
    TIMEOUT,
    async () => {
      const port = await freePort();
      using root = new DebianRoot();
      using server = await mirror();
      await using tailscaled = await FakeTailscaled.start({ status: statusOf(3) });
      // As the real one leaves them: open to every user.
      chmodSync(dirname(tailscaled.socketPath), 0o755);
      chmodSync(tailscaled.socketPath, 0o666);
      const steps = stepsOf(
        await root.boot(
          `${script(port)}
export TSMON_BASE_URL=${server.url}
install_line() { curl -fsSL $TSMON_BASE_URL/latest/download/install.sh | sh -s -- --mode agent -- --web.listen 127.0.0.1:${port}; }
step install install_line
step scrape scrape
step status systemctl show -P StatusText -P ActiveState -P UnitFileState tsmon-agent
# A systemd before 253 does not wait for the end of a reload.
reload() {
  systemctl reload tsmon-agent
  for try in $(seq 100); do journalctl -u tsmon-agent --no-pager -o cat | grep -q 'Settings reloaded' && return; sleep 0.1; done
  return 1
}
step reload reload
step restart systemctl restart tsmon-agent
step start stamp ExecMainStartTimestampMonotonic
step active stamp ActiveEnterTimestampMonotonic
step user stat -c '%U %G %a' /proc/$(systemctl show -P MainPID tsmon-agent) /etc/tsmon/agent.yaml /var/lib/tsmon/agent
step security systemd-analyze security --no-pager tsmon-agent
step doctor tsmon doctor --agent.port ${port}
mkdir -p /run/systemd/system/tsmon-agent.service.d
printf '[Service]\\nWatchdogSec=4\\nRestartSec=0\\n' >/run/systemd/system/tsmon-agent.service.d/quick.conf
systemctl daemon-reload && systemctl reset-failed tsmon-agent && systemctl restart tsmon-agent
fed() { sleep 9; systemctl show -P NRestarts tsmon-agent; }
step fed fed
hang() {
  kill -STOP $(systemctl show -P MainPID tsmon-agent)
  for try in $(seq 100); do [ $(systemctl show -P NRestarts tsmon-agent) != 0 ] && systemctl -q is-active tsmon-agent && break; sleep 0.1; done
  systemctl show -P NRestarts -P ActiveState tsmon-agent
}
step hung hang
rm -r /run/systemd/system/tsmon-agent.service.d && systemctl daemon-reload && systemctl restart tsmon-agent
echo 'peers: loud' >>/etc/tsmon/agent.yaml
step wrong tsmon install agent
step still scrape
step upgrade sh -c "curl -fsSL $TSMON_BASE_URL/latest/download/install.sh | sh"
sed -i '/loud/d' /etc/tsmon/agent.yaml
step mended sh -c "curl -fsSL $TSMON_BASE_URL/latest/download/install.sh | sh"
step log journalctl -u tsmon-agent --no-pager -o cat
step off systemctl disable --now tsmon-agent
step unasked sh -c "curl -fsSL $TSMON_BASE_URL/latest/download/install.sh | sh"
step stayed sh -c 'systemctl is-active tsmon-agent; systemctl is-enabled tsmon-agent; true'
step uninstall sh -c "curl -fsSL $TSMON_BASE_URL/latest/download/install.sh | sh -s -- --uninstall"
step left find /usr/local /etc/tsmon /etc/systemd/system -name '*tsmon*' -o -name agent.yaml
`,
          dirname(tailscaled.socketPath),
        ),
      );
      const all = JSON.stringify(Object.fromEntries(steps), null, 2);
      const text = (title: string) => steps.get(title)?.text ?? "";
      for (const title of ["install", "scrape", "reload", "restart", "still", "mended", "unasked", "uninstall"])
        assert.equal(steps.get(title)?.code, 0, `${title} in ${all}`);
      assert.match(
        text("install"),
        new RegExp(`tsmon-agent\\.service runs: Serving metrics on http://127\\.0\\.0\\.1:${port}/metrics\n$`),
      );
      assert.ok(
        text("scrape")
          .split("\n")
          .filter((line) => line.startsWith("node_")).length > 100,
        text("scrape"),
      );
      assert.match(text("status"), /^Serving metrics on .*\nactive\nenabled\n$/m, text("status"));
      assert.equal(text("user"), "tsmon tsmon 555\nroot tsmon 640\ntsmon tsmon 750\n");
      assert.match(text("security"), /Overall exposure level for tsmon-agent\.service: (0\.\d|1\.[0-8]) /);
      assert.match(text("doctor"), /^ok +service +tsmon-agent\.service runs: Serving metrics/m);
      assert.match(text("doctor"), /^ok +tailscaled +tailscaled 1\.102\.3 answers at .* and knows 3 peers$/m);
      assert.match(text("scrape"), /^tailscale_up 1$/m);
      assert.match(text("scrape"), /^tailscale_peers\{online="true"\} 3$/m);
      for (const title of ["wrong", "upgrade"]) {
        assert.notEqual(steps.get(title)?.code, 0, title);
        assert.match(
          text(title),
          /file \/etc\/tsmon\/agent\.yaml, line \d+, column \d+: peers: "loud" is not one of/,
          title,
        );
      }
      assert.match(text("log"), /info Settings reloaded/);
      assert.equal(text("stayed"), "inactive\ndisabled\n", "an upgrade starts no service that was turned off");
      assert.equal(text("fed"), "0\n");
      assert.equal(text("hung"), "1\nactive\n", text("log"));
      assert.equal(text("left"), "/etc/tsmon\n/etc/tsmon/agent.yaml\n");
      const startMs = (Number(text("active")) - Number(text("start"))) / 1000;
      assert.ok(startMs > 0);
      process.stderr.write(`start under systemd, from the fork to READY: ${startMs.toFixed(0)} ms\n`);
    },
  );

  test("the unit's sandbox takes no family of metrics from any collector", TIMEOUT, async () => {
    const ports = { service: await freePort(), direct: await freePort() };
    using root = new DebianRoot();
    root.addProgram();
    const steps = stepsOf(
      await root.boot(`${script(ports.service)}
collectors=$(tsmon agent --help | grep -oE -- '--\\[no-\\]collector\\.[a-z_0-9]+ ' | sed 's/\\[no-\\]//')
families() { curl -fsS http://127.0.0.1:$1/metrics | grep -E '^# TYPE node_|^node_scrape_collector_success'; }
step install tsmon install agent --web.listen 127.0.0.1:${ports.service} $collectors
step service families ${ports.service}
setpriv --reuid tsmon --regid tsmon --clear-groups --bounding-set -all \
  tsmon agent --web.listen 127.0.0.1:${ports.direct} $collectors 2>/dev/null &
for try in $(seq 100); do families ${ports.direct} >/dev/null && break; sleep 0.1; done
step direct families ${ports.direct}
kill %1
`),
    );
    const all = JSON.stringify(Object.fromEntries(steps), null, 2);
    const linesOf = (title: string) => (steps.get(title)?.text ?? "").trim().split("\n");
    assert.equal(steps.get("install")?.code, 0, all);
    assert.ok(linesOf("direct").includes('node_scrape_collector_success{collector="timex"} 1'), all);
    assert.ok(linesOf("direct").length > 200, all);
    const seen = new Set(linesOf("service"));
    const lost = linesOf("direct").filter((line) => !seen.has(line));
    assert.deepEqual(lost, []);
  });

  test("the package starts the agent, keeps edited settings, and leaves nothing when purged", TIMEOUT, async () => {
    const [port, other] = [await freePort(), await freePort()];
    using root = new DebianRoot();
    using _server = await mirror();
    mkdirSync(join(root.path, "opt"), { recursive: true });
    copyFileSync(`${dist}tsmon_9.9.9_${debian}.deb`, join(root.path, "opt/tsmon.deb"));
    const steps = stepsOf(
      await root.boot(`${script(port)}
step install dpkg -i /opt/tsmon.deb
step status systemctl show -P ActiveState -P UnitFileState tsmon-agent
step mode stat -c '%U %G %a' /etc/tsmon/agent.yaml
echo 'web.listen: ["127.0.0.1:${port}"]' >>/etc/tsmon/agent.yaml
step again tsmon install agent
step scrape scrape
echo 'peers: loud' >>/etc/tsmon/agent.yaml
step broken dpkg -i /opt/tsmon.deb
step configured dpkg-query -W -f '\${Status}\\n' tsmon
sed -i '/loud/d' /etc/tsmon/agent.yaml
systemctl restart tsmon-agent
step upgrade dpkg -i /opt/tsmon.deb
step kept grep -c ${port} /etc/tsmon/agent.yaml
step still scrape
step flags tsmon install discover --web.listen 127.0.0.1:${other}
step taken grep -c 127.0.0.1:${other} /etc/tsmon/discover.yaml
step remove dpkg --remove tsmon
step gone systemctl is-active tsmon-agent tsmon-discover
step back dpkg -i /opt/tsmon.deb
step on systemctl show -P ActiveState -P UnitFileState tsmon-agent tsmon-discover tsmon-fleet
step purge dpkg --purge tsmon
step left find / -xdev -not -path '/opt/*' -not -path '/proc/*' -not -path '/root/*' -not -path '/var/log/*' -name '*tsmon*'
`),
    );
    const all = JSON.stringify(Object.fromEntries(steps), null, 2);
    for (const [title, { code }] of steps) if (title !== "gone") assert.equal(code, 0, `${title} in ${all}`);
    const text = (title: string) => steps.get(title)?.text ?? "";
    assert.equal(text("status"), "active\nenabled\n");
    assert.match(text("flags"), /tsmon-discover\.service runs: Serving/);
    assert.equal(text("taken"), "1\n", all);
    assert.equal(text("gone"), "inactive\ninactive\n");
    assert.equal(text("on"), "active\nenabled\n\nactive\nenabled\n\ninactive\ndisabled\n");
    assert.equal(text("mode"), "root tsmon 640\n");
    assert.match(
      text("again"),
      /\/etc\/tsmon\/agent\.yaml stays as it is\n\/usr\/lib\/systemd\/system\/tsmon-agent\.service is the unit, from a package\n/,
    );
    assert.equal(text("kept"), "1\n");
    assert.equal(text("configured"), "install ok installed\n");
    assert.equal(text("left"), "", all);
  });
});
