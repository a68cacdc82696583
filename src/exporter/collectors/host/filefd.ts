import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { readText } from "./files.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";

const ALLOCATED = gauge("node_filefd_allocated", "File descriptor statistics: allocated.");
const MAXIMUM = gauge("node_filefd_maximum", "File descriptor statistics: maximum.");

/** File handles of the whole host, from `sys/fs/file-nr` in procfs (proc_sys_fs(5)). */
export function filefd(): Collector<HostSource> {
  return {
    name: "filefd",
    metrics: () => [ALLOCATED, MAXIMUM],
    collect({ paths }) {
      const { allocated, maximum } = parseFileNr(readText(`${paths.procfs}/sys/fs/file-nr`));
      return [ALLOCATED.sample(allocated), MAXIMUM.sample(maximum)];
    },
  };
}

/** Handles in use, and the most there may be. The number between them, of free handles, has been 0 since Linux 2.6. */
export function parseFileNr(text: string): { allocated: number; maximum: number } {
  const [allocated, , maximum] = text.trim().split("\t");
  return { allocated: unsigned(allocated, "file-nr"), maximum: unsigned(maximum, "file-nr") };
}
