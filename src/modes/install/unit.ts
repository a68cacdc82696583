import type { ServiceName } from "../commands.ts";

/** System user and group of all services. */
export const SERVICE_USER = "tsmon";

/** Folder of the services' settings. */
export const CONFIG_DIR = "/etc/tsmon";

/** Name of a mode's unit. */
export function unitName(mode: ServiceName): string {
  return `tsmon-${mode}.service`;
}

/** Path of a mode's settings. */
export function configPath(mode: ServiceName): string {
  return `${CONFIG_DIR}/${mode}.yaml`;
}

/** Path of a mode's variables, for what is not to stand in a file that others may read. */
export function environmentPath(mode: ServiceName): string {
  return `${CONFIG_DIR}/${mode}.env`;
}

const DESCRIPTIONS: Readonly<Record<ServiceName, string>> = {
  agent: "tsmon agent: metrics of this host and of its tailscaled",
  discover: "tsmon discover: the tailnet's targets, for Prometheus",
  fleet: "tsmon fleet: the whole tailnet's inventory and state",
};

/** Most memory of a mode: several times what its largest tailnet takes, so that only a leak meets it. */
const MEMORY: Readonly<Record<ServiceName, { readonly high: string; readonly max: string }>> = {
  agent: { high: "192M", max: "256M" },
  discover: { high: "384M", max: "512M" },
  fleet: { high: "768M", max: "1G" },
};

/** Flags among a mode's settings that are of use only with networks that its unit shuts out. */
export function flagsForOtherNetworks(mode: ServiceName, settings: Readonly<Record<string, unknown>>): string[] {
  if (mode !== "agent") return [];
  const rules = settings["web.allow"] as readonly { readonly kind: string }[];
  return [
    ...(rules.some(({ kind }) => kind === "any") ? ["--web.allow any"] : []),
    ...(settings["proxy.allow-remote"] === true ? ["--proxy.allow-remote"] : []),
  ];
}

/**
 * Throws when a program is in a place that no service can be made of. Services do not see people's folders, and whoever may
 * write there could make root's service do anything; in a unit, blanks, quotes, dollars and percent signs mean something else.
 */
export function refuseOddPlaces(binary: string): void {
  if (/^[\w./+@:-]+$/.test(binary) && !/^\/(home|root|tmp|var\/tmp|run\/user)\//.test(binary)) return;
  throw new Error(
    `Cannot make a service of ${binary}: install the program in /usr/local/bin first, as install.sh does`,
  );
}

/** A mode's systemd unit. It runs `binary`, as root installed it. */
export function unitText(mode: ServiceName, binary: string): string {
  const { high, max } = MEMORY[mode];
  return `# Part of tsmon, and replaced at its upgrades: change it with "systemctl edit tsmon-${mode}".
[Unit]
Description=${DESCRIPTIONS[mode]}
Documentation=man:tsmon-${mode}(1)
# Waits for neither the network nor tailscaled, but follows both: what it says of a host that lacks them is of use.
After=network.target

[Service]
Type=notify
NotifyAccess=main
ExecStart=${binary} ${mode} --config.file=${configPath(mode)}
# The shell's own kill: a small system has no other.
ExecReload=/bin/sh -c 'kill -HUP \${MAINPID}'
# The program itself looks for garbage, after an answer. The runtime's timer would look at the start and at rest too.
Environment=BUN_GC_TIMER_DISABLE=1
EnvironmentFile=-${environmentPath(mode)}
User=${SERVICE_USER}
Group=${SERVICE_USER}
StateDirectory=${SERVICE_USER}/${mode}
StateDirectoryMode=0750
UMask=0077

Restart=always
RestartSec=5
# Wrong settings do not mend themselves.
RestartPreventExitStatus=2
TimeoutStartSec=30
TimeoutStopSec=10
WatchdogSec=60
# The runtime would answer systemd's SIGABRT with a report of a crash that was none.
WatchdogSignal=SIGKILL

MemoryHigh=${high}
MemoryMax=${max}
TasksMax=256
LimitCORE=0
OOMPolicy=stop

${sandbox(mode)}
[Install]
WantedBy=multi-user.target
`;
}

/** What all modes can do without. */
const COMMON_SANDBOX = `AmbientCapabilities=
CapabilityBoundingSet=
DevicePolicy=closed
KeyringMode=private
LockPersonality=yes
# MemoryDenyWriteExecute is not set: the JavaScript runtime compiles what it runs.
NoNewPrivileges=yes
PrivateDevices=yes
PrivateIPC=yes
PrivateMounts=yes
PrivateUsers=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectSystem=strict
RemoveIPC=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
`;

const AGENT_SANDBOX = `# What the collectors need, and so is not closed:
# filesystem: counts of every mount, so /home and /tmp are the host's; and the mount table of process 1.
PrivateTmp=no
ProtectHome=read-only
# filesystem, processes: other users' folders in /proc. cpu, meminfo, stat and most others: what is not of a process there.
ProtectProc=default
ProcSubset=all
# uname: the host's name as it is now, which a name space of its own would keep as it was at the start.
ProtectHostname=no
# timex: adjtimex(2), of which only reading is left without capabilities. Last, as @privileged has it too.
ProtectClock=no
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=adjtimex clock_adjtime
# netdev, netclass: the host's network devices, by netlink too. LocalAPI, D-Bus, systemd: Unix sockets.
PrivateNetwork=no
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
# The callers that are let in by default. For others, and for exporters on other hosts: systemctl edit, IPAddressAllow=…
IPAddressDeny=any
IPAddressAllow=localhost 100.64.0.0/10 fd7a:115c:a1e0::/48
`;

const SERVER_SANDBOX = `PrivateTmp=yes
# process_start_time_seconds: the time of boot, in /proc/stat.
ProcSubset=all
ProtectClock=yes
ProtectHome=yes
ProtectHostname=yes
ProtectProc=invisible
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# IPAddressDeny is not set: Prometheus, people and the Tailscale API may be anywhere; --web.allow says who is answered.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
`;

function sandbox(mode: ServiceName): string {
  return `${COMMON_SANDBOX}${mode === "agent" ? AGENT_SANDBOX : SERVER_SANDBOX}`;
}
