import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import * as z from "zod/mini";
import { resolveSettings } from "../../../src/config/load.ts";
import { MODES } from "../../../src/modes/modes.ts";
import { Manifest, type Workload } from "./kubernetes-schema.ts";

const packaging = fileURLToPath(new URL("../../../packaging", import.meta.url));
const read = (path: string) => readFileSync(`${packaging}/${path}`, "utf8");

/** Rejects when the mode would not take the arguments. A mode that is not in this program is left alone. */
async function checkArguments([mode = "", ...argv]: readonly string[]): Promise<void> {
  const load = MODES[mode as keyof typeof MODES];
  if (!load) return;
  const readFile = () => Promise.reject(new Error("no file"));
  await resolveSettings({ schema: (await load()).schema, mode, argv, env: {}, readFile });
}

describe("Kubernetes manifests", () => {
  const files = readdirSync(`${packaging}/kubernetes`).sort();
  const objects = files.flatMap((file) =>
    parseAllDocuments(read(`kubernetes/${file}`)).map((document) => {
      assert.deepEqual(document.errors, [], file);
      return { file, value: document.toJS() };
    }),
  );
  const all = objects.map(({ value }) => value as Manifest);

  for (const { file, value } of objects) {
    test(`${file}: ${value.kind} ${value.metadata.name} is as the API wants it`, () => {
      const result = Manifest.safeParse(value);
      assert.ok(result.success, result.success ? "" : z.prettifyError(result.error));
    });
  }

  test("all are of one namespace, which is there", () => {
    const namespaces = new Set(
      all.map(({ kind, metadata }) => (kind === "Namespace" ? metadata.name : metadata.namespace)),
    );
    assert.deepEqual([...namespaces], ["tsmon"]);
  });

  for (const workload of all.filter(
    (object): object is Workload => object.kind === "DaemonSet" || object.kind === "Deployment",
  )) {
    const { name } = workload.metadata;
    const { metadata, spec } = workload.spec.template;
    const container = spec.containers[0]!;

    test(`${name}: its selector, mounts, ports and claims fit together`, () => {
      assert.deepEqual(workload.spec.selector.matchLabels, metadata.labels);
      assert.deepEqual(
        container.volumeMounts.map((mount) => mount.name).sort(),
        spec.volumes.map((volume) => volume.name).sort(),
      );
      const ports = container.ports.map((port) => port.name);
      for (const probe of [container.livenessProbe, container.readinessProbe])
        if (probe) assert.ok(ports.includes(String(probe.httpGet.port)));
      for (const volume of spec.volumes) {
        if (!("persistentVolumeClaim" in volume)) continue;
        const { claimName } = volume.persistentVolumeClaim;
        assert.ok(all.some(({ kind, metadata }) => kind === "PersistentVolumeClaim" && metadata.name === claimName));
      }
    });

    test(`${name}: takes its arguments`, () => checkArguments(container.args));
  }

  test("services and policies select a workload", () => {
    const labels = all.flatMap((object) =>
      "spec" in object && "template" in object.spec ? [object.spec.template.metadata.labels] : [],
    );
    for (const object of all) {
      if (object.kind === "Service") assert.ok(labels.some((candidate) => same(candidate, object.spec.selector)));
      if (object.kind === "NetworkPolicy")
        assert.ok(labels.some((candidate) => same(candidate, object.spec.podSelector.matchLabels)));
    }
  });
});

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

describe("compose.yaml", () => {
  const Bind = z.strictObject({
    type: z.literal("bind"),
    source: z.string().check(z.startsWith("/")),
    target: z.string().check(z.startsWith("/")),
    read_only: z.literal(true),
    bind: z.optional(z.strictObject({ propagation: z.literal("rslave") })),
  });
  const Volume = z.strictObject({
    type: z.literal("volume"),
    source: z.string(),
    target: z.string().check(z.startsWith("/")),
  });
  const Service = z.strictObject({
    image: z.string(),
    container_name: z.string(),
    restart: z.literal("unless-stopped"),
    user: z.string().check(z.regex(/^[1-9]\d*:[1-9]\d*$/)),
    read_only: z.literal(true),
    cap_drop: z.tuple([z.literal("ALL")]),
    security_opt: z.tuple([z.literal("no-new-privileges:true")]),
    network_mode: z.literal("host"),
    stop_grace_period: z.string(),
    pids_limit: z.int(),
    mem_limit: z.string(),
    pid: z.optional(z.literal("host")),
    profiles: z.optional(z.array(z.string())),
    command: z.array(z.string()),
    volumes: z.array(z.union([Bind, Volume])),
  });
  const compose = parse(read("container/compose.yaml"), { merge: true });

  test("is as Compose wants it", () => {
    const { "x-service": _, ...rest } = compose;
    const Compose = z.strictObject({
      services: z.record(z.string(), Service),
      volumes: z.record(z.string(), z.null()),
    });
    const result = Compose.safeParse(rest);
    assert.ok(result.success, result.success ? "" : z.prettifyError(result.error));
    const named = Object.values(result.data.services).flatMap(({ volumes }) => volumes);
    const sources = named.flatMap((volume) => (volume.type === "volume" ? [volume.source] : []));
    assert.deepEqual(sources.sort(), Object.keys(result.data.volumes).sort());
  });

  for (const [name, { command }] of Object.entries<{ command: string[] }>(compose.services))
    test(`${name} takes its arguments`, () => checkArguments(command));
});

test("the image has nothing in it but the program and its libraries", () => {
  execFileSync("sh", ["-n", `${packaging}/container/assemble.sh`]);
  const stages = read("container/Dockerfile").split("\nFROM ");
  assert.match(stages.at(-1)!, /^scratch\n/);
  assert.doesNotMatch(stages.at(-1)!, /^(RUN|ADD)\b/m);
});
