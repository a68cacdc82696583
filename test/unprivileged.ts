import process from "node:process";

/** The user that owns nothing. */
const NOBODY = 65534;

/** What `run` gives when root's rights are laid down for as long as it runs; without them it runs as it is. */
export async function unprivileged<Result>(run: () => Promise<Result>): Promise<Result> {
  if (process.geteuid?.() !== 0) return await run();
  process.seteuid?.(NOBODY);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}
