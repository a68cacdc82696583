import type * as z from "zod/mini";
import type { Pattern } from "../../../config/regexp.ts";

/** Whether a collector reports what bears this name. */
export type NameFilter = (name: string) => boolean;

/** What an `-exclude` and an `-include` setting of one subject are set to. */
export interface FilterSettings {
  readonly exclude: Pattern | undefined;
  readonly include: Pattern | undefined;
  /** Default of `exclude`, which gives way to an `include`. */
  readonly initialExclude?: string;
}

/** The filter that both settings make: a name must not be excluded, and be included where anything is. */
export function nameFilter({ exclude, include, initialExclude }: FilterSettings): NameFilter {
  const excluded = include && exclude?.source === initialExclude ? undefined : exclude;
  return (name) => !excluded?.test(name) && (include?.test(name) ?? true);
}

/**
 * Rule over several settings: of some pairs node_exporter takes only one.
 *
 * @param exclusive Their common names, such as `collector.diskstats.device`, with the default of what excludes.
 */
export function checkFilters(
  exclusive: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>>,
  context: z.core.$RefinementCtx,
): void {
  for (const [flag, initialExclude] of Object.entries(exclusive)) {
    const exclude = settings[`${flag}-exclude`] as Pattern | undefined;
    if (!settings[`${flag}-include`] || !exclude || exclude.source === initialExclude) continue;
    const message = `cannot be used with --${flag}-include: they are mutually exclusive`;
    context.addIssue({ code: "custom", path: [`${flag}-exclude`], message });
  }
}
