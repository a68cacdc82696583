import { configPath, environmentPath, SERVICE_MODES, SERVICE_USER, unitName } from "../../src/modes/install/unit.ts";

const UNITS = SERVICE_MODES.map(unitName);

/** Fields of the Debian package. */
export function debianControl(version: string, architecture: "amd64" | "arm64") {
  return {
    Package: "tsmon",
    Version: version,
    Architecture: architecture,
    Maintainer: "The tsmon authors <tsmon@localhost>",
    Section: "net",
    Priority: "optional",
    Depends: "libc6 (>= 2.17), adduser",
    Recommends: "systemd",
    Description:
      "makes a Tailscale network observable for Prometheus\n" +
      " An agent with the metrics of the host and of its tailscaled, discovery of\n" +
      " targets, and an inventory of the whole tailnet, in one program.",
  };
}

/** The agent starts with the package, as Debian's services do; the other modes when they are asked for. */
export const DEBIAN_SCRIPTS = {
  postinst: `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
if ! getent passwd ${SERVICE_USER} >/dev/null; then
  adduser --system --group --no-create-home --home /var/lib/${SERVICE_USER} --gecos tsmon ${SERVICE_USER} >/dev/null
fi
for mode in ${SERVICE_MODES.join(" ")}; do
  for file in /etc/tsmon/$mode.yaml /etc/tsmon/$mode.env; do
    [ ! -e "$file" ] || { chgrp ${SERVICE_USER} "$file" && chmod o-rwx "$file"; }
  done
done
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  if [ -z "$2" ]; then
    systemctl enable --now ${unitName("agent")}
  else
    systemctl try-restart ${UNITS.join(" ")}
  fi
elif [ -z "$2" ] && command -v systemctl >/dev/null; then
  systemctl enable ${unitName("agent")} >/dev/null 2>&1 || true
fi
`,
  prerm: `#!/bin/sh
set -e
[ "$1" = remove ] || exit 0
[ ! -d /run/systemd/system ] || systemctl disable --now ${UNITS.join(" ")} >/dev/null 2>&1 || true
`,
  postrm: `#!/bin/sh
set -e
[ ! -d /run/systemd/system ] || systemctl daemon-reload
[ "$1" = purge ] || exit 0
rm -rf /var/lib/${SERVICE_USER} ${SERVICE_MODES.map(environmentPath).join(" ")}
rmdir /etc/tsmon 2>/dev/null || true
`,
} as const;

/** The settings that the package brings: none. */
export function debianSettings(mode: (typeof SERVICE_MODES)[number]): { path: string; text: string } {
  const text = `# Settings of tsmon ${mode}, one "flag: value" a line: see tsmon ${mode} --help. After a change: systemctl reload tsmon-${mode}\n`;
  return { path: configPath(mode).slice(1), text };
}
