import type { Snapshot } from "../../fleet/snapshot.ts";
import { BUILD } from "../../version.ts";

/** How the snapshot came about, for people: parts, their age, how they ended, and what was asked. Holds no secrets. */
export function debugOf({ version, takenSeconds, tailnets }: Snapshot, requests: ReadonlyMap<string, number>) {
  const nowSeconds = Date.now() / 1000;
  return {
    build: BUILD,
    snapshot: { version, taken: new Date(takenSeconds * 1000).toISOString() },
    requests: Object.fromEntries(requests),
    tailnets: tailnets.map(({ tailnet, devices, duplicates, isUp, isDemo, parts }) => ({
      tailnet,
      demo: isDemo,
      up: isUp ?? null,
      devices: devices?.length ?? null,
      duplicates,
      live: liveOutcomes(devices ?? []),
      parts: parts.map((part) => ({
        part: part.name,
        success: part.isWell ?? null,
        supported: part.isSupported,
        reason: part.failure ?? null,
        message: part.message ?? null,
        age_seconds: part.lastSuccessSeconds === undefined ? null : Math.max(nowSeconds - part.lastSuccessSeconds, 0),
        duration_seconds: part.durationSeconds ?? null,
        rejected: part.rejected,
      })),
    })),
  };
}

function liveOutcomes(devices: NonNullable<Snapshot["tailnets"][number]["devices"]>): Record<string, number> {
  const asked = devices.flatMap(({ live }) => live ?? []);
  return Object.fromEntries(
    [...Map.groupBy(asked, ({ outcome }) => outcome)].map(([outcome, all]) => [outcome, all.length]),
  );
}
