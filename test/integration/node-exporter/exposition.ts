/** An exposition: values by series, types and HELP texts by family. */
export interface Exposition {
  readonly values: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
}

/** An exposition in the text format. */
export function parseExposition(text: string): Exposition {
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  for (const line of text.split("\n")) {
    const space = line.lastIndexOf(" ");
    const [, kind, family, text] = /^# (TYPE|HELP) (\S+) (.*)/.exec(line) ?? [];
    if (family !== undefined && text !== undefined) (kind === "TYPE" ? types : helps).set(family, text);
    else if (line !== "" && !line.startsWith("#")) values.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return { values, types, helps };
}

/** Gauges that change from one moment to the next: only their presence is compared. */
const VOLATILE =
  /^node_(arp_|netstat_|nf_conntrack_|sockstat_|softnet_backlog|udp_queues|memory_|load\d|procs_|time_seconds|disk_io_now|filesystem_((avail|free)_bytes|files_free)|cpu_(freq|scal)|hwmon|power|thermal|cooling|zfs|vmstat_|timex_|filefd_allocated|entropy_available|processes_(pids|threads|state)|buddyinfo|cgroups|slabinfo|swap|sysctl|zoneinfo)/;

/** States that few processes are in, and none the next moment. */
const FLEETING = /^node_processes_(threads_)?state\{/;

/** How much a counter may be outside of what it was before and after; the kernel lets some of them step back. */
const SLACK = 1;

/**
 * What differs between theirs and ours, which was taken before and after it: one sentence a series or family.
 *
 * @param isStill Whether nothing on the host changes, so that gauges are compared too.
 */
export function differences(theirs: Exposition, before: Exposition, after: Exposition, isStill = false): string[] {
  const found: string[] = [];
  for (const [series, value] of theirs.values) {
    const family = series.replace(/\{.*/, "");
    if (family.startsWith("node_scrape_") || family === "node_exporter_build_info") continue;
    const type = theirs.types.get(family);
    const [from, to] = [before.values.get(series), after.values.get(series)];
    if (from === undefined || to === undefined) {
      if (!FLEETING.test(series)) found.push(`${series} is missing`);
    } else if (after.types.get(family) !== type) found.push(`${family} is a ${after.types.get(family)}, not a ${type}`);
    else if (type === "counter" && (value < from - SLACK || value > to + SLACK)) {
      found.push(`${series} is ${value}, not between ${from} and ${to}`);
    } else if (type !== "counter" && (isStill || !VOLATILE.test(family)) && value !== to)
      found.push(`${series} is ${to}, not ${value}`);
  }
  for (const [family, help] of theirs.helps) {
    const ours = after.helps.get(family);
    if (ours !== undefined && ours !== help) found.push(`${family} is described as "${ours}", not as "${help}"`);
  }
  for (const series of after.values.keys()) {
    if (!theirs.values.has(series) && !FLEETING.test(series)) found.push(`${series} is not in theirs`);
  }
  return found;
}
