import process from "node:process";
import packageJson from "../package.json" with { type: "json" };

/** Set by scripts/build-targets.ts; not there when the source runs as it is. */
declare const TSMON_REVISION: string | undefined;

/** What this build is. */
export interface Build {
  readonly version: string;
  /** Commit of the source; `unknown` when it runs uncompiled. */
  readonly revision: string;
  /** `bun 1.4.5` or `deno 2.9.6`. */
  readonly runtime: string;
}

/** This build. */
export const BUILD: Build = {
  version: packageJson.version,
  revision: typeof TSMON_REVISION === "undefined" ? "unknown" : TSMON_REVISION,
  runtime: process.versions.deno ? `deno ${process.versions.deno}` : `bun ${process.versions.bun}`,
};
