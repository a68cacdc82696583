import { join } from "node:path";
import process from "node:process";
import { prometheusConfig } from "./generate/prometheus.ts";
import { GenerateSettings } from "./generate/settings.ts";
import { replaceFile } from "./shared/replace-file.ts";
import { type Command, resolveCommand } from "./shared/run.ts";

const GENERATE: Command<typeof GenerateSettings> = {
  schema: GenerateSettings,
  mode: "generate",
  positional: "what",
  description: "Makes files for the tools around tsmon, on stdout or in a folder.",
  examples: [
    { command: "tsmon generate prometheus > prometheus.yml", does: "A whole configuration for Prometheus." },
    { command: "tsmon generate prometheus --snippet", does: "The entries to paste into one that there is." },
  ],
};

/** `tsmon generate WHAT`: makes files, and returns the exit code. */
export async function runGenerate(argv: readonly string[]): Promise<number> {
  const resolved = await resolveCommand(GENERATE, argv);
  if (typeof resolved === "number") return resolved;
  const { discover, snippet: isSnippet, out } = resolved.settings;
  const text = prometheusConfig({ discover, isSnippet });
  if (out === undefined) {
    process.stdout.write(text);
    return 0;
  }
  const path = join(out, "prometheus.yml");
  try {
    await replaceFile(path, text, 0o644);
  } catch (error) {
    process.stderr.write(`Cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? error}\n`);
    return 1;
  }
  process.stderr.write(`Wrote ${path}\n`);
  return 0;
}
