import type { Step } from "./plan.ts";

/** What `--dry-run` shows of a step: a shell's command, or a file with its text. */
export function previewOf(step: Step): string {
  switch (step.do) {
    case "run":
      return `# ${step.why}\n${step.argv.map(quoted).join(" ")}\n\n`;
    case "folder":
      return `mkdir -p ${quoted(step.path)}\n\n`;
    case "remove":
      return `# ${step.why}\nrm -rf ${quoted(step.path)}\n\n`;
    case "tell":
      return `# ${step.text}\n\n`;
    case "file": {
      const rights = step.secret ? "0640 root:tsmon" : "0644 root:root";
      return `# ${step.why}, ${rights}\ncat >${quoted(step.path)} <<'END'\n${step.text}END\n\n`;
    }
  }
}

function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
