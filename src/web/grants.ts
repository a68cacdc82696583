/** App capability with which the tailnet's policy says what a node may read here. */
export const SCRAPE_CAPABILITY = "tsmon.dev/cap/scrape";

/** What can be read: `metrics` of an agent, the targets of discover, the inventory of fleet. */
export type Endpoint = "metrics" | "sd" | "fleet";

/** What one grant admits to. An absent list stands for everything. */
export interface ScrapeGrant {
  readonly exporters?: readonly string[] | undefined;
  readonly endpoints?: readonly string[] | undefined;
}

/**
 * The grants in a capability's parameters as `whois` has them; none when the capability is not granted. A grant without
 * parameters admits to everything. One with a list that is no list of names admits to nothing: a slip must not open a door.
 */
export function parseGrants(capabilities: Readonly<Record<string, readonly unknown[] | null>>): ScrapeGrant[] {
  if (!Object.hasOwn(capabilities, SCRAPE_CAPABILITY)) return [];
  const parameters = capabilities[SCRAPE_CAPABILITY] ?? [];
  return parameters.length === 0 ? [{}] : parameters.flatMap((parameter) => toGrant(parameter) ?? []);
}

/** Whether one of the grants admits to an endpoint, and there to an exporter. */
export function grantsAllow(grants: readonly ScrapeGrant[], endpoint: Endpoint, exporter?: string): boolean {
  const holds = (list: readonly string[] | undefined, name: string | undefined) =>
    list === undefined || name === undefined || list.includes(name);
  return grants.some(({ exporters, endpoints }) => holds(endpoints, endpoint) && holds(exporters, exporter));
}

function toGrant(parameter: unknown): ScrapeGrant | undefined {
  if (typeof parameter !== "object" || parameter === null || Array.isArray(parameter)) return undefined;
  const { exporters, endpoints } = parameter as Record<string, unknown>;
  return isNames(exporters) && isNames(endpoints) ? { exporters, endpoints } : undefined;
}

function isNames(value: unknown): value is readonly string[] | undefined {
  return value === undefined || (Array.isArray(value) && value.every((name) => typeof name === "string"));
}
