import { type HostContext, nameOf } from "../context.ts";
import { type Check, type Finding, fail, ok, unknown } from "../finding.ts";

/** What the tsmon discover of this host, or the one that was named, lists of it. */
export const discover: Check<HostContext> = {
  subject: "discover",
  async run({ peer, settings }) {
    if (!peer) return [];
    const url = new URL(`/sd?name=${encodeURIComponent(nameOf(peer))}`, settings.discover);
    const signal = AbortSignal.timeout(settings.timeout * 1000);
    const response = await fetch(url, { signal, headers: { Accept: "application/json" } }).catch(() => undefined);
    if (!response)
      return [unknown(`No tsmon discover answers at ${settings.discover}`, "Name it with --discover, if there is one")];
    if (response.status !== 200) return [unknown(`tsmon discover answers ${response.status} at ${url.href}`)];
    return [listedFinding(await response.json(), nameOf(peer))];
  },
};

/** What a list of target groups, as Prometheus takes it, says of a host. */
export function listedFinding(list: unknown, name: string): Finding {
  const groups = Array.isArray(list) ? (list as { targets?: unknown }[]) : [];
  const targets = groups.flatMap(({ targets }) => (Array.isArray(targets) ? targets.map(String) : []));
  if (targets.length > 0)
    return ok(`tsmon discover lists ${targets.slice(0, 5).join(", ")}${targets.length > 5 ? ", …" : ""}`);
  return fail(
    `tsmon discover lists no target of ${name}`,
    "It lists hosts whose agent answers it; ask again in a minute, and see its log",
  );
}
