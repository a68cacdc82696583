import type { Labels, Metric, Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";

/** Numbers of the lines of `net/rpc/nfs` and `net/rpc/nfsd` in procfs, by the line's key. */
export type RpcStatistics = ReadonlyMap<string, readonly number[]>;

/** Lines with numbers that are not reported, after so many that are. */
const LIMITS: Readonly<Record<string, number>> = { th: 2 };

/** Lines of a text such as `net/rpc/nfs` (`rpc_proc_show` and `svc_seq_show` of the kernel). */
export function parseRpc(text: string, path: string): RpcStatistics {
  const lines = new Map<string, number[]>();
  const cursor = new Cursor(text, path);
  while (cursor.nextLine()) {
    const key = cursor.field();
    const values: number[] = [];
    while (values.length < (LIMITS[key] ?? Number.POSITIVE_INFINITY) && cursor.hasField())
      values.push(cursor.unsigned());
    if (values.length === 0) throw cursor.error();
    lines.set(key, values);
  }
  for (const key of ["net", "rpc"]) {
    if (!lines.has(key)) throw new SyntaxError(`Cannot parse ${path}: found no line "${key}"`);
  }
  return lines;
}

/**
 * Numbers of one line; zeros where a kernel has no such line, as node_exporter reports it.
 *
 * @throws {SyntaxError} If it has more or fewer.
 */
export function lineOf(lines: RpcStatistics, key: string, count: number): readonly number[] {
  const values = lines.get(key) ?? Array<number>(count).fill(0);
  if (values.length !== count) throw new SyntaxError(`Cannot parse line "${key}": found ${values.length} numbers`);
  return values;
}

/** Series of the procedures of one version of NFS. */
export interface Procedures {
  /** Key of the line, whose first number says how many procedures follow. */
  readonly key: string;
  /** How many procedures the oldest kernels that have the line count. */
  readonly fewest: number;
  /** Label blocks by position; undefined for procedures that are not reported. */
  readonly labels: readonly (Labels<"proto" | "method"> | undefined)[];
}

/** The series of some procedures in their order, without those named "". */
export function procedures(
  metric: Metric<"proto" | "method">,
  key: string,
  fewest: number,
  methods: readonly string[],
): Procedures {
  const proto = key.slice("proc".length, "proc".length + 1);
  const labels = methods.map((method) => (method === "" ? undefined : metric.labels({ proto, method })));
  return { key, fewest, labels };
}

/**
 * Calls of procedures; 0 for those that a kernel does not know, as node_exporter reports it.
 *
 * @throws {SyntaxError} If the line says another number of procedures than it has, or has too few.
 */
export function procedureSamples(
  metric: Metric<"proto" | "method">,
  { key, fewest, labels }: Procedures,
  lines: RpcStatistics,
): Sample[] {
  const [count = 0, ...calls] = lines.get(key) ?? [];
  if (lines.has(key) && (calls.length !== count || count < fewest)) {
    throw new SyntaxError(`Cannot parse line "${key}": found ${calls.length} procedures`);
  }
  return labels.flatMap((block, i) => (block === undefined ? [] : metric.sample(calls[i] ?? 0, block)));
}
