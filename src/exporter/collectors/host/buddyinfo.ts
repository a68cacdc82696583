import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import type { HostSource } from "./source.ts";

const BLOCKS = gauge("node_buddyinfo_blocks", "Count of free blocks according to size.", ["node", "zone", "size"]);

/** Free blocks of memory by zone and size, from `buddyinfo` in procfs (proc_buddyinfo(5)). */
export function buddyinfo(): Collector<HostSource> {
  return {
    name: "buddyinfo",
    metrics: () => [BLOCKS],
    collect({ paths }) {
      return buddySamples(readText(`${paths.procfs}/buddyinfo`));
    },
  };
}

/** Samples of lines such as `Node 0, zone DMA 1 0 2`: the size is the power of two of pages that a block has. */
export function buddySamples(text: string): Sample[] {
  const cursor = new Cursor(text, "buddyinfo");
  const samples: Sample[] = [];
  let sizes: number | undefined;
  while (cursor.nextLine()) {
    cursor.skip(1);
    const node = cursor.field().replace(/,$/, "");
    cursor.skip(1);
    const zone = cursor.field().replace(/,$/, "");
    if (zone === "") throw cursor.error();
    let size = 0;
    for (; cursor.hasField(); size++) {
      samples.push(BLOCKS.sample(cursor.unsigned(), { node, zone, size: String(size) }));
    }
    sizes ??= size;
    if (size !== sizes) throw cursor.error();
  }
  return samples;
}
