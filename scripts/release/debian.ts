import { dirname } from "node:path";
import { SERVICES, type ServiceName } from "../../src/modes/commands.ts";
import { settingsText } from "../../src/modes/install/plan.ts";
import { configPath, environmentPath, SERVICE_USER, unitName } from "../../src/modes/install/unit.ts";

const UNITS = SERVICES.map(unitName);
const AUTHORS = "The tsmon authors <tsmon@localhost>";

/** Which release it is, and of when, in Unix seconds. */
export interface Changed {
  readonly version: string;
  readonly mtime: number;
}

/** Fields of the Debian package. */
export function debianControl(version: string, architecture: "amd64" | "arm64") {
  return {
    Package: "tsmon",
    Version: version,
    Architecture: architecture,
    Maintainer: AUTHORS,
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

/** Names the services that were on when the package was removed, and are on again with the next one. */
const REMOVED = `/var/lib/${SERVICE_USER}/removed`;

/** The agent starts with the package, as Debian's services do, unless policy-rc.d says no; the other modes when asked for. */
export const DEBIAN_SCRIPTS = {
  postinst: `#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
if ! getent passwd ${SERVICE_USER} >/dev/null; then
  adduser --system --group --no-create-home --home /var/lib/${SERVICE_USER} --gecos tsmon ${SERVICE_USER} >/dev/null
fi
for mode in ${SERVICES.join(" ")}; do
  for file in /etc/tsmon/$mode.yaml /etc/tsmon/$mode.env; do
    [ ! -e "$file" ] || { chgrp ${SERVICE_USER} "$file" && chmod o-rwx "$file"; }
  done
done
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  deb-systemd-invoke try-restart ${UNITS.join(" ")} || true
  if [ -z "$2" ]; then wanted=${unitName("agent")}; else wanted=$(cat ${REMOVED} 2>/dev/null || true); fi
  for unit in $wanted; do
    systemctl enable $unit
    # A service that cannot start says why in its log, and is no reason to leave the package half installed.
    deb-systemd-invoke start $unit || true
  done
  rm -f ${REMOVED}
elif [ -z "$2" ] && command -v systemctl >/dev/null; then
  systemctl enable ${unitName("agent")} >/dev/null 2>&1 || true
fi
`,
  prerm: `#!/bin/sh
set -e
[ "$1" = remove ] && [ -d /run/systemd/system ] || exit 0
mkdir -p ${dirname(REMOVED)}
for unit in ${UNITS.join(" ")}; do
  if systemctl -q is-enabled $unit 2>/dev/null; then echo $unit; fi
done >${REMOVED}
systemctl disable --now ${UNITS.join(" ")} >/dev/null 2>&1 || true
`,
  postrm: `#!/bin/sh
set -e
[ ! -d /run/systemd/system ] || systemctl daemon-reload
[ "$1" = purge ] || exit 0
rm -rf /var/lib/${SERVICE_USER} ${SERVICES.map(environmentPath).join(" ")}
rmdir /etc/tsmon 2>/dev/null || true
`,
} as const;

/** The settings that the package brings: none. */
export function debianSettings(mode: ServiceName): { path: string; text: string } {
  return { path: configPath(mode).slice(1), text: settingsText(mode, "") };
}

/** What Debian wants to know of every package, by path below usr/. */
export function debianDocuments({ version, mtime }: Changed): Readonly<Record<string, string>> {
  const date = new Date(mtime * 1000).toUTCString().replace("GMT", "+0000");
  return {
    "share/doc/tsmon/changelog": `tsmon (${version}) unstable; urgency=medium\n\n  * Version ${version}.\n\n -- ${AUTHORS}  ${date}\n`,
    "share/doc/tsmon/copyright": COPYRIGHT,
    "share/lintian/overrides/tsmon": OVERRIDES,
  };
}

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tsmon
Comment: What is in the program besides tsmon, and its licences: /usr/share/doc/tsmon/NOTICES

Files: *
Copyright: The tsmon authors
License: Apache-2.0
 The Apache License, version 2.0, is in /usr/share/common-licenses/Apache-2.0.
`;

const OVERRIDES = `# The program is the JavaScript runtime as its makers release it, with libraries of its own, and tsmon in a section of it.
tsmon: embedded-library *
tsmon: hardening-no-pie *
tsmon: hardening-no-relro *
tsmon: unstripped-binary-or-object *
# Settings may be secrets.
tsmon: non-standard-file-perm 0640 != 0644 [etc/tsmon/*]
# There is no address for mail.
tsmon: bogus-mail-host *
tsmon: bogus-mail-host-in-debian-changelog *
`;
