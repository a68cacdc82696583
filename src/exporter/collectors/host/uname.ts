import { hostname, machine, release, type, version } from "node:os";
import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import type { HostSource } from "./source.ts";

const INFO = gauge("node_uname_info", "Labeled system information as provided by the uname system call.", [
  "sysname",
  "release",
  "version",
  "machine",
  "nodename",
  "domainname",
]);

/** Kernel and host name, from uname(2). */
export function uname(): Collector<HostSource> {
  return {
    name: "uname",
    metrics: () => [INFO],
    collect({ ownPaths }) {
      const kernel = (name: string) => readTextIfPresent(`${ownPaths.procfs}/sys/kernel/${name}`)?.trimEnd();
      // Deno's version() is release() again.
      const build = version() === release() ? kernel("version") : undefined;
      return [
        INFO.sample(1, {
          sysname: type(),
          release: release(),
          version: build ?? version(),
          machine: machine(),
          nodename: hostname(),
          // Not in node:os. "(none)" is the kernel's own word for a host without one.
          domainname: kernel("domainname") ?? "(none)",
        }),
      ];
    },
  };
}
