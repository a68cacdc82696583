import { spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SUBJECTS } from "./exposition-subject.ts";
import { interleave, type Measure, type Reference, type Row } from "./harness.ts";

const TARGET = { text: "at most 30 ms", limit: 30 };
const SUBJECT_FILE = fileURLToPath(new URL("exposition-subject.ts", import.meta.url));

/** Bytes of 100,000 series whose samples are there, beside prom-client and beside lines that are only joined. */
export async function expositionRows(): Promise<Row[]> {
  const names = Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[];
  const processes = new Map(names.map((name) => [name, startSubject(name)]));
  try {
    const measures = Object.fromEntries([...processes].map(([name, { measure }]) => [name, measure]));
    const times = await interleave(measures as Record<keyof typeof SUBJECTS, Measure>, { rounds: 30, warmUps: 15 });
    const joined = { name: "lines joined, nothing checked", value: times.joined };
    return [
      ...rowsOf("text", times.text, [{ name: "prom-client", value: times.promClientText }, joined]),
      ...rowsOf("OpenMetrics", times.openmetrics, [
        { name: "prom-client", value: times.promClientOpenmetrics },
        joined,
      ]),
    ];
  } finally {
    for (const { stop } of processes.values()) stop();
  }
}

/** The target stands in the first row. */
function rowsOf(format: string, value: number, references: readonly Reference[]): Row[] {
  const what = `100,000 series as ${format}: check, render, encode`;
  return references.map((reference, i) => ({ what, value, unit: "ms", reference, ...(i === 0 && { target: TARGET }) }));
}

function startSubject(name: string): { readonly measure: Measure; stop(): void } {
  const child = spawn(process.execPath, [SUBJECT_FILE, name], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const measure = async () => {
    child.stdin.write("\n");
    const { value, done } = await answers.next();
    if (done) throw new Error(`Cannot measure ${name}: its process has ended`);
    return Number(value);
  };
  return { measure, stop: () => child.stdin.end() };
}
