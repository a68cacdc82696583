import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAsInstalled, marked } from "../../../../src/modes/install/mark.ts";
import { installPlan, type Step, uninstallPlan } from "../../../../src/modes/install/plan.ts";
import { previewOf } from "../../../../src/modes/install/preview.ts";
import { flagsForOtherNetworks, refuseOddPlaces } from "../../../../src/modes/install/unit.ts";

const BINARY = "/usr/local/bin/tsmon";
const CONFIG = "/etc/tsmon/agent.yaml";
const UNIT = "/etc/systemd/system/tsmon-agent.service";

/** Files that the steps leave, after those that are there. */
function carriedOut(steps: readonly Step[], files: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const after = new Map(files);
  for (const step of steps) {
    if (step.do === "file") after.set(step.path, step.text);
    if (step.do === "remove") after.delete(step.path);
  }
  return after;
}

function plan(settings: string, files: ReadonlyMap<string, string> = new Map()): Step[] {
  const reader = { read: (path: string) => files.get(path) };
  return installPlan({ mode: "agent", binary: BINARY, settings, forOtherNetworks: [], files: reader });
}

const commands = (steps: readonly Step[]) => steps.flatMap((step) => (step.do === "run" ? [step.argv.join(" ")] : []));

describe("installPlan()", () => {
  test("makes user, settings and unit, checks the settings, and starts it", () => {
    const steps = plan("peers: none\n");
    assert.deepEqual(commands(steps), [
      'systemd-sysusers --inline u tsmon - "tsmon" /var/lib/tsmon',
      `${BINARY} agent --config.check --config.file=${CONFIG}`,
      "systemctl daemon-reload",
      "systemctl enable tsmon-agent.service",
      "systemctl restart tsmon-agent.service",
    ]);
    const files = carriedOut(steps);
    assert.deepEqual([...files.keys()], [CONFIG, UNIT]);
    assert.match(files.get(CONFIG)!, /\npeers: none\n# As installed: [0-9a-f]{16}\n$/);
    assert.match(
      files.get(UNIT)!,
      /^ExecStart=\/usr\/local\/bin\/tsmon agent --config\.file=\/etc\/tsmon\/agent\.yaml$/m,
    );
  });

  test("done twice changes no file", () => {
    const first = carriedOut(plan("peers: none\n"));
    assert.deepEqual(carriedOut(plan("peers: none\n", first), first), first);
    assert.deepEqual(carriedOut(plan("", first), first), first);
  });

  test("replaces settings that nobody has edited", () => {
    const first = carriedOut(plan("peers: none\n"));
    assert.match(carriedOut(plan("peers: all\n", first), first).get(CONFIG)!, /^peers: all$/m);
  });

  for (const path of [CONFIG, UNIT]) {
    test(`keeps ${path} when it was edited, and puts the new one beside it`, () => {
      const edited = carriedOut(plan("peers: none\n"));
      edited.set(path, `${edited.get(path)}# mine\n`);
      const steps = plan("peers: all\n", edited);
      const after = carriedOut(steps, edited);
      assert.equal(after.get(path), edited.get(path));
      assert.ok(after.has(`${path}.new`));
      assert.ok(steps.some((step) => step.do === "tell" && step.text.startsWith(`${path} was edited`)));
    });
  }

  test("leaves the unit to a package whose program it is", () => {
    const packaged = "/usr/lib/systemd/system/tsmon-agent.service";
    const files = new Map([[packaged, `[Service]\nExecStart=${BINARY} agent\n`]]);
    assert.deepEqual([...carriedOut(plan("", files), files).keys()], [packaged, CONFIG]);
    files.set(packaged, "[Service]\nExecStart=/usr/bin/tsmon agent\n");
    assert.ok(carriedOut(plan("", files), files).has(UNIT));
  });
});

test("installPlan() tells last of the flags for which the unit has to be opened, where there are any", () => {
  const options = { mode: "agent", binary: BINARY, settings: "", files: { read: () => undefined } } as const;
  const last = installPlan({ ...options, forOtherNetworks: ["--web.allow any", "--proxy.allow-remote"] }).at(-1)!;
  assert.ok(last.do === "tell");
  assert.match(last.text, /For --web\.allow any and --proxy\.allow-remote, .* IPAddressAllow=/);
  assert.equal(installPlan({ ...options, forOtherNetworks: [] }).at(-1)!.do, "run");
});

for (const [mode, settings, flags] of [
  ["agent", { "web.allow": [{ kind: "local" }, { kind: "tailnet" }], "proxy.allow-remote": false }, []],
  ["agent", { "web.allow": [{ kind: "any" }], "proxy.allow-remote": false }, ["--web.allow any"]],
  ["agent", { "web.allow": [{ kind: "cap" }], "proxy.allow-remote": true }, ["--proxy.allow-remote"]],
  ["discover", { "web.allow": [{ kind: "any" }] }, []],
] as const) {
  test(`flagsForOtherNetworks() finds ${flags.join(", ") || "none"} in ${mode}'s ${JSON.stringify(settings)}`, () => {
    assert.deepEqual(flagsForOtherNetworks(mode, settings), flags);
  });
}

describe("uninstallPlan()", () => {
  const installed = carriedOut(plan("peers: none\n"));
  const uninstall = (purge: boolean) => uninstallPlan("agent", purge, { read: (path) => installed.get(path) });

  test("stops the service and keeps its settings", () => {
    const steps = uninstall(false);
    assert.deepEqual(commands(steps), ["systemctl disable --now tsmon-agent.service", "systemctl daemon-reload"]);
    assert.deepEqual([...carriedOut(steps, installed).keys()], [CONFIG]);
  });

  test("removes settings and state with --purge", () => {
    const removed = uninstall(true).flatMap((step) => (step.do === "remove" ? [step.path] : []));
    assert.deepEqual(removed, [UNIT, CONFIG, "/var/lib/tsmon/agent"]);
  });

  test("leaves a package's unit and says so", () => {
    const packaged = "/usr/lib/systemd/system/tsmon-agent.service";
    const files = new Map([[packaged, "[Service]\n"]]);
    const steps = uninstallPlan("agent", false, { read: (path) => files.get(path) });
    assert.deepEqual([...carriedOut(steps, files).keys()], [packaged]);
    assert.ok(steps.some((step) => step.do === "tell" && step.text === `${packaged} is a package's and stays`));
  });

  test("removes what was put beside edited files", () => {
    const edited = new Map([...installed].map(([path, text]) => [path, `${text}# mine\n`]));
    const both = carriedOut(plan("peers: all\n", edited), edited);
    assert.equal(both.size, 4);
    assert.equal(carriedOut(uninstallPlan("agent", true, { read: (path) => both.get(path) }), both).size, 0);
  });
});

describe("isAsInstalled()", () => {
  for (const [text, want] of [
    [marked("a: 1\n"), true],
    [marked(""), true],
    [`${marked("a: 1\n")}b: 2\n`, false],
    [marked("a: 1\n").replace("1", "2"), false],
    ["a: 1\n", false],
    ["", false],
  ] as const) {
    test(JSON.stringify(text), () => assert.equal(isAsInstalled(text), want));
  }
});

describe("refuseOddPlaces()", () => {
  for (const binary of ["/usr/local/bin/tsmon", "/opt/tsmon-1.2+3/bin/tsmon"]) {
    test(`takes ${binary}`, () => refuseOddPlaces(binary));
  }
  for (const binary of ["/home/me/tsmon", "/tmp/tsmon", "/opt/my tools/tsmon", "/opt/100%/tsmon", '/opt/"/tsmon']) {
    test(`refuses ${binary}`, () =>
      assert.throws(() => refuseOddPlaces(binary), /^Error: Cannot make a service of \//));
  }
});

test("previewOf() quotes what a shell would read otherwise", () => {
  assert.equal(previewOf({ do: "run", argv: ["a", "b c", "d'e"], why: "w" }), "# w\na 'b c' 'd'\\''e'\n\n");
});
