import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import packageJson from "../../package.json" with { type: "json" };
import lock from "../../package-lock.json" with { type: "json" };

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A package as package-lock.json has it. */
interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** The licences of everything that is in the program besides tsmon, which most of them want to go with every copy. */
export function notices(): string {
  const packages: Readonly<Record<string, Locked>> = lock.packages;
  const inside = Object.entries(packages).filter(([path, { dev, optional }]) => path !== "" && !dev && !optional);
  const parts = inside.map(([path, { version, license }]) => {
    const name = path.replace("node_modules/", "");
    return `${RULE}${name} ${version} (${license})\n\n${readFileSync(`${root}${path}/LICENSE`, "utf8").trim()}\n`;
  });
  return `tsmon is under the licence in the file LICENSE. In the program there are, besides it:

Bun ${packageJson.devDependencies.bun}, the JavaScript runtime, under the MIT licence. It has JavaScriptCore in it, which is under the LGPL 2, and other
libraries, which its LICENSE.md lists with their licences: https://github.com/oven-sh/bun
${parts.join("")}`;
}

const RULE = `\n${"-".repeat(80)}\n`;
