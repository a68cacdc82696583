import process from "node:process";

/** What statfs(2) says of a file system: block size in bytes, then counts of blocks and of inodes. */
export interface StatfsCounts {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** The worker's answer to one path. */
type Answer = { readonly counts: StatfsCounts } | { readonly code: string; readonly message: string };

/**
 * The thread's program: one statfs(2) for each path that it is sent.
 *
 * A text and not a file, so that a compiled binary needs no second entry point.
 */
const PROGRAM = `
const { parentPort } = require("node:worker_threads");
const { statfsSync } = require("node:fs");
parentPort.on("message", (path) => {
  try {
    const { bsize, blocks, bfree, bavail, files, ffree } = statfsSync(path);
    parentPort.postMessage({ counts: { bsize, blocks, bfree, bavail, files, ffree } });
  } catch ({ code, message }) {
    parentPort.postMessage({ code, message });
  }
});
`;

/**
 * Starts a thread that does statfs(2) calls, one after another. A call that never returns blocks that thread alone, and
 * the thread does not keep the process from ending.
 */
export function startStatfsWorker() {
  // Loaded when it is needed, which is seldom: the module alone costs 5 MB of memory.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const worker = new Worker(PROGRAM, { eval: true });
  let settle: ((answer: Answer | Error) => void) | undefined;
  worker.on("message", (answer: Answer) => settle?.(answer));
  worker.on("error", (error: Error) => settle?.(error));
  worker.on("exit", () => settle?.(new Error("Cannot ask for file system counts: the worker ended")));
  worker.unref(); // after the listeners, which in Bun keep the process alive again
  return {
    /** Counts of the file system mounted at a path. Rejects with the system's error, which has a `code`. */
    statfs(path: string): Promise<StatfsCounts> {
      const { promise, resolve, reject } = Promise.withResolvers<StatfsCounts>();
      settle = (answer) => {
        settle = undefined;
        if (answer instanceof Error) reject(answer);
        else if ("counts" in answer) resolve(answer.counts);
        else reject(Object.assign(new Error(answer.message), { code: answer.code }));
      };
      worker.postMessage(path);
      return promise;
    },
    /** Ends the thread. Not to be called while a call is pending, for then it would not return either. */
    stop(): void {
      void worker.terminate();
    },
  };
}
