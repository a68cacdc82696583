import { execFileSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";
import process from "node:process";
import { BINARY } from "../e2e/binary.ts";
import { program } from "../lab/programs.ts";
import type { Row } from "./harness.ts";

/** docs/benchmarks.md. `load` is the machine's load average before the start. */
export async function page(rows: readonly Row[], load: number): Promise<string> {
  return `# Benchmarks

Written by \`npm run bench -- --write\`. Each time is a median unless it says otherwise, and stands beside its reference from
the same run; the two take turns. Memory is one reading, in MB of 2^20 bytes; the size of files is in MB of 10^6.

- Date: ${new Date().toISOString().slice(0, 10)}
- Machine: ${machine()}
- Load average of the last minute before the start: ${load.toFixed(2)}${load > 1 ? "; other work was going on, so times are worse than they could be" : ""}
- Programs: ${(await programVersions()).join(", ")}

| what | tsmon | reference | ratio | target | |
| --- | ---: | --- | ---: | --- | --- |
${rows.map(toLine).join("\n")}

- CPU is user and system time from /proc/PID/stat. Both programs are asked over loopback with the headers of Prometheus 3,
  gzip among them, and each answers in the format that it prefers. The first 200 scrapes warm up.
- Memory is what is resident. Half a second after an answer the agent gives back garbage and code that does not run; a scrape
  a second later takes some 20 MB of code for itself, until the next rest.
- Private memory is what no other process shares. Of a compiled binary the runtime's own pages are resident too, and a second
  such process shares them.
- A host of files has /proc and /sys as plain files, which the agent opens each time; those of the kernel it keeps open.
- The agent's start is with all collectors that are on by default and without a tailscaled. The service is the one that
  \`tsmon install\` makes without flags, in a Debian that systemd-nspawn boots; systemd's sandbox is there before the program
  begins. Settings in its file would take some 6 ms more: the YAML library is loaded for them.
- Beside tailscaled only its own collectors run. The call alone is to the LocalAPI and throws the answer away; both are by
  curl's clock, on the machine of that tailscaled, with half a second of rest in between.
- Discover runs beside a fake tailscaled, whose making of its answer is part of the time from a node's joining to its being
  listed. A list is fetched whole over loopback; one of 5,000 devices has 3.1 MB.
- Fleet is asked every 60 ms over several refreshes. One takes a second and a half: the API's answer, the text, packing it,
  and giving back memory, which holds up the slowest scrape.
- The samples of the exposition are there beforehand, label blocks included. Ours are checked for double series and for values
  that their type forbids.
- The proxied exporter and the scraper are one process, which reads the answer and throws it away. Identity is that of a
  connection over loopback beside a tailscaled that would have to be asked; the answer is kept for a second.
`;
}

function toLine({ what, value, unit, reference, target }: Row): string {
  const other = reference && `${reference.value.toFixed(1)} ${unit} (${reference.name})`;
  const ratio = reference && (value / reference.value).toFixed(2);
  const verdict = target && (value <= target.limit ? "met" : "missed");
  const cells = [what, `${value.toFixed(1)} ${unit}`, other, ratio, target?.text, verdict];
  return `| ${cells.map((cell) => cell ?? "").join(" | ")} |`;
}

function machine(): string {
  const [processor] = cpus();
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const kernel = release().split(".", 2).join("."); // what follows names a distribution or a provider
  return `${processor?.model.trim()}, ${cpus().length} cores, ${gibibytes} GiB of memory, Linux ${kernel}`;
}

async function programVersions(): Promise<string[]> {
  const tsmon = execFileSync(BINARY, ["--version"], { encoding: "utf8" }).trim();
  const built = [await program("nodeExporter"), await program("tailscaled")].map(goVersions);
  return [tsmon, `Bun ${process.versions.bun}`, ...built];
}

/** Module, version and toolchain of a Go program, as its build information has them. */
function goVersions(path: string): string {
  const text = execFileSync("go", ["version", "-m", path], { encoding: "utf8" });
  const [, toolchain] = /: (go\S+)/.exec(text) ?? [];
  const [, module, version] = /^\tmod\t(\S+)\t(\S+)/m.exec(text) ?? [];
  return `${module} ${version} (${toolchain})`;
}
