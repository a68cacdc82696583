import type { ForeignFlag } from "../../config/schema.ts";

/** node_exporter's collectors that we have not, all of which are off by default. */
const ABSENT: ReadonlySet<string> = new Set(
  "drm ethtool network_route ntp perf qdisc runit supervisord wifi".split(" "),
);

/** Deprecated names, and what they became. */
const RENAMED: Readonly<Record<string, string>> = {
  "--collector.diskstats.ignored-devices": "collector.diskstats.device-exclude",
  "--collector.filesystem.ignored-fs-types": "collector.filesystem.fs-types-exclude",
  "--collector.filesystem.ignored-mount-points": "collector.filesystem.mount-points-exclude",
  "--collector.netdev.device-blacklist": "collector.netdev.device-exclude",
  "--collector.netdev.device-whitelist": "collector.netdev.device-include",
  "--collector.systemd.unit-blacklist": "collector.systemd.unit-exclude",
  "--collector.systemd.unit-whitelist": "collector.systemd.unit-include",
};

const REFUSED: Readonly<Record<string, string>> = {
  "--web.systemd-socket": "is not supported: tsmon opens its sockets itself, where --web.listen says",
  "--collector.netclass_rtnl.with-stats":
    "is not supported: --collector.netdev with --collector.netdev.enable-detailed-metrics exports these families",
};

/** Flags with nothing to steer here: Go's threads, and netlink in place of sysfs, which has the same. */
const IGNORED: Readonly<Record<string, { readonly takesValue: boolean }>> = {
  "--runtime.gomaxprocs": { takesValue: true },
  "--collector.netclass.netlink": { takesValue: false },
};

const SWITCH = /^(ntp\.server-is-local|perf\.disable-\w+-profilers)$/;

/** What node_exporter's flags mean that are not settings of the agent, so that its unit files move over as they are. */
export function nodeExporterFlag(name: string): ForeignFlag | undefined {
  const key = RENAMED[name];
  if (key !== undefined) return { key };
  const refusal = REFUSED[name] ?? absence(name);
  if (refusal !== undefined) return { refusal };
  const positive = name.replace(/^--no-/, "--");
  if (positive !== name && (REFUSED[positive] ?? absence(positive)) !== undefined) return { takesValue: false };
  return IGNORED[positive] ?? optionOfAbsent(positive);
}

/** Why a collector cannot be turned on. */
function absence(name: string): string | undefined {
  const [, collector = ""] = /^--collector\.(\w+)$/.exec(name) ?? [];
  if (!ABSENT.has(collector)) return undefined;
  return (
    `is not supported: there is no ${collector} collector here. ` +
    "Leave the flag out, or keep a node_exporter with that collector alone, and name it: node:9100"
  );
}

/** An option of a collector that is off steers nothing, in node_exporter too. */
function optionOfAbsent(name: string): ForeignFlag | undefined {
  const [, collector = "", option = ""] = /^--collector\.(\w+)\.([\w.-]+)$/.exec(name) ?? [];
  if (!ABSENT.has(collector) && collector !== "qdisk") return undefined; // qdisk: a misspelling of theirs
  return { takesValue: !SWITCH.test(`${collector}.${option}`) };
}
