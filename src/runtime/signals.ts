import process from "node:process";

/** Resolves at the first SIGTERM or SIGINT with its name. */
export function terminated(): Promise<"SIGTERM" | "SIGINT"> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
  });
}

/** Calls `reload` at every SIGHUP. */
export function onHangUp(reload: () => void): void {
  process.on("SIGHUP", reload);
}
