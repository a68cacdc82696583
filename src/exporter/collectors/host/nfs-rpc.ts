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
export class Procedures {
  readonly #metric: Metric<"proto" | "method">;
  readonly #key: string;
  readonly #fewest: number;
  readonly #methods: readonly string[];
  #labels: readonly (Labels<"proto" | "method"> | undefined)[] | undefined;

  /**
   * @param key Key of the line, whose first number says how many procedures follow.
   * @param fewest How many procedures the oldest kernels that have the line count.
   * @param methods Names in the kernel's order; "" for those that are not reported.
   */
  constructor(metric: Metric<"proto" | "method">, key: string, fewest: number, methods: readonly string[]) {
    this.#metric = metric;
    this.#key = key;
    this.#fewest = fewest;
    this.#methods = methods;
  }

  /**
   * Calls of procedures; 0 for those that a kernel does not know, as node_exporter reports it.
   *
   * @throws {SyntaxError} If the line says another number of procedures than it has, or has too few.
   */
  samples(lines: RpcStatistics): Sample[] {
    const [count = 0, ...calls] = lines.get(this.#key) ?? [];
    if (lines.has(this.#key) && (calls.length !== count || count < this.#fewest)) {
      throw new SyntaxError(`Cannot parse line "${this.#key}": found ${calls.length} procedures`);
    }
    this.#labels ??= this.#labelsOfMethods(); // here, because most hosts have no NFS
    return this.#labels.flatMap((block, i) => (block === undefined ? [] : this.#metric.sample(calls[i] ?? 0, block)));
  }

  #labelsOfMethods(): (Labels<"proto" | "method"> | undefined)[] {
    const proto = this.#key.slice("proc".length, "proc".length + 1);
    return this.#methods.map((method) => (method === "" ? undefined : this.#metric.labels({ proto, method })));
  }
}
