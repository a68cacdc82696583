import type { Reported, Standing } from "./finding.ts";

const WORDS: Readonly<Record<Standing, string>> = { ok: "ok", warn: "warn", fail: "FAIL", unknown: "?" };
const COLOURS: Readonly<Record<Standing, number>> = { ok: 32, warn: 33, fail: 31, unknown: 36 };

/** Findings for people, one a line, with what to do below it. */
export function reportText(findings: readonly Reported[], colour: boolean): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.map(({ subject, standing, text, advice }) => {
    const word = WORDS[standing].padEnd(4);
    const painted = colour ? `\u001b[${COLOURS[standing]}m${word}\u001b[39m` : word;
    const what = advice === undefined ? "" : `\n${" ".repeat(width + 8)}→ ${oneLine(advice)}`;
    return `${painted}  ${subject.padEnd(width)}  ${oneLine(text)}${what}\n`;
  });
  return lines.join("") + conclusion(findings);
}

/** Findings for programs. */
export function reportJson(host: string | undefined, findings: readonly Reported[]): string {
  return `${JSON.stringify({ host: host ?? null, well: isWell(findings), findings }, null, 2)}\n`;
}

/** Whether nothing is wrong. A warning is nothing wrong. */
export function isWell(findings: readonly Reported[]): boolean {
  return findings.every(({ standing }) => standing !== "fail");
}

function conclusion(findings: readonly Reported[]): string {
  const count = (standing: Standing) => findings.filter((finding) => finding.standing === standing).length;
  const [failed, warned] = [count("fail"), count("warn")];
  if (failed > 0)
    return `\nSomething is wrong: see ${failed === 1 ? "the line that begins" : `the ${failed} lines that begin`} with FAIL.\n`;
  return warned > 0 ? `\nAll is well, but for ${warned} warning${warned === 1 ? "" : "s"}.\n` : "\nAll is well.\n";
}

/** Names and answers come from other hosts: none may move the cursor or make a line of its own. */
function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
}
