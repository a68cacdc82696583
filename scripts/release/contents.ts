import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { SERVICES } from "../../src/modes/commands.ts";
import { completionScript } from "../../src/modes/completion.ts";
import { KINDS } from "../../src/modes/generate.ts";
import { unitName, unitText } from "../../src/modes/install/unit.ts";
import { MODES } from "../../src/modes/modes.ts";
import { type Changed, debianDocuments, debianSettings } from "./debian.ts";
import { COMMAND_EXIT_CODES, modeManPage } from "./man.ts";
import { toolManPages } from "./manual.ts";
import { notices } from "./notices.ts";
import type { ArchiveFile } from "./tar.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is installed below a prefix beside the program: manual pages, completions and licences, by path. */
export async function sharedFiles(version: string): Promise<Record<string, string>> {
  const pages = Object.entries(toolManPages(version));
  const kinds = Object.values(KINDS).map((kind) => ({ ...kind, exitCodes: COMMAND_EXIT_CODES }));
  for (const help of [...(await Promise.all(Object.values(MODES).map((load) => load()))), ...kinds])
    pages.push([`tsmon-${help.mode.replaceAll(" ", "-")}`, modeManPage(help, version)]);
  return {
    ...Object.fromEntries(pages.map(([name, page]) => [`share/man/man1/${name}.1`, page])),
    "share/bash-completion/completions/tsmon": await completionScript("bash"),
    "share/zsh/site-functions/_tsmon": await completionScript("zsh"),
    "share/fish/vendor_completions.d/tsmon.fish": await completionScript("fish"),
    "share/doc/tsmon/NOTICES": notices(),
  };
}

/** Files of the archive that install.sh unpacks. */
export function archiveFiles(binary: Uint8Array, shared: Readonly<Record<string, string>>): ArchiveFile[] {
  return [
    { path: "bin/tsmon", bytes: binary, mode: 0o755 },
    { path: "share/doc/tsmon/LICENSE", bytes: readFileSync(`${root}LICENSE`), mode: 0o644 },
    ...Object.entries(shared).map(([path, text]) => file(path, text)),
  ];
}

/** Files of the Debian package. Its manual pages are compressed, as Debian wants them. */
export function debianFiles(
  binary: Uint8Array,
  shared: Readonly<Record<string, string>>,
  changed: Changed,
): ArchiveFile[] {
  const settings = SERVICES.map(debianSettings);
  return [
    { path: "usr/bin/tsmon", bytes: binary, mode: 0o755 },
    ...SERVICES.map((mode) => file(`usr/lib/systemd/system/${unitName(mode)}`, unitText(mode, "/usr/bin/tsmon"))),
    ...settings.map(({ path, text }) => ({ ...file(path, text), mode: 0o640 })),
    ...Object.entries({ ...shared, ...debianDocuments(changed) }).map(([path, text]) => {
      // zsh's folder for packages is another than the one for the administrator.
      const place = path.replace("zsh/site-functions", "zsh/vendor-completions");
      if (!/\.1$|\/changelog$/.test(path)) return file(`usr/${place}`, text);
      return { path: `usr/${path}.gz`, bytes: gzipSync(text, { level: 9 }), mode: 0o644 };
    }),
  ];
}

function file(path: string, text: string): ArchiveFile {
  return { path, bytes: new TextEncoder().encode(text), mode: 0o644 };
}
