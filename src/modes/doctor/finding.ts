/** How it stands: `fail` keeps something from being scraped, `warn` may soon, `unknown` could not be looked at. */
export type Standing = "ok" | "warn" | "fail" | "unknown";

/** What a check has found: one sentence, and where something is to be done, what. */
export interface Finding {
  readonly standing: Standing;
  readonly text: string;
  readonly advice?: string;
}

/** One look at one subject. `state` is for what later checks need to know. */
export interface Check<Context> {
  readonly subject: string;
  run(context: Context): Promise<readonly Finding[]>;
}

/** A finding, and what it is about. */
export interface Reported extends Finding {
  readonly subject: string;
}

/** All is well. */
export function ok(text: string): Finding {
  return { standing: "ok", text };
}

/** It works, and somebody should know. */
export function warn(text: string, advice?: string): Finding {
  return { standing: "warn", text, ...(advice && { advice }) };
}

/** It does not work. */
export function fail(text: string, advice: string): Finding {
  return { standing: "fail", text, advice };
}

/** It cannot be told. */
export function unknown(text: string, advice?: string): Finding {
  return { standing: "unknown", text, ...(advice && { advice }) };
}

/** Everything that the checks find, in their order. One that throws is a finding itself. */
export async function diagnose<Context>(checks: readonly Check<Context>[], context: Context): Promise<Reported[]> {
  const reported: Reported[] = [];
  for (const { subject, run } of checks) {
    const findings = await run(context).catch((error) => [unknown(`Cannot be checked: ${textOf(error)}`)]);
    reported.push(...findings.map((finding) => ({ subject, ...finding })));
  }
  return reported;
}

/** An error's text. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
