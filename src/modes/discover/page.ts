import { html } from "hono/html";
import type { Device } from "../../discovery/device.ts";
import type { Labels } from "../../discovery/labels.ts";
import type { Target } from "../../discovery/target.ts";
import { page } from "../../web/page.ts";
import type { SourceFacts } from "./self.ts";

/** Where a device in the list is from. */
export interface Origin {
  readonly source: SourceFacts;
  /** Whether the source no longer lists it. */
  readonly isHeldBack: boolean;
}

/** What the page for people shows. */
export interface PageFacts {
  readonly version: string;
  /** Why there is no list; undefined when there is one. */
  readonly obstacle: string | undefined;
  readonly sources: readonly (SourceFacts & { readonly error: string | undefined })[];
  readonly targets: readonly Target[];
  readonly devices: readonly Device[];
  /** Which source told of each device, by the device's id. */
  readonly origins: ReadonlyMap<string, Origin>;
  readonly isHeldBack: (target: Target) => boolean;
  /** Why a device has no target. */
  readonly reasonOf: (device: Device) => string;
  readonly nowSeconds: number;
}

/** Rows of each table. More of them no one reads, and the lists have them all. */
const MAX_ROWS = 1000;

/** Every target with its labels, and every device without one with the reason. */
export function targetsPage(facts: PageFacts) {
  const { version, obstacle, sources, targets, devices, origins, isHeldBack, reasonOf, nowSeconds } = facts;
  const originOf = ({ id }: Device, isHeld = origins.get(id)?.isHeldBack) => {
    return `${originText(origins.get(id), nowSeconds)}${isHeld ? ", not again: held back" : ""}`;
  };
  const listed = new Set(targets.map(({ device }) => device.id));
  const others = devices.filter(({ id }) => !listed.has(id));
  const body = html`<p>Targets of this tailnet for Prometheus: <a href="/sd">as JSON</a>, <a href="/metrics">metrics of tsmon itself</a>.</p>
${obstacle === undefined ? "" : html`<p><strong>${obstacle}</strong></p>`}
<h2>Sources</h2>
<table><tr><th>source<th>devices<th>held back<th>last list<th>newest question</tr>
${sources.map((source) => sourceRow(source, nowSeconds))}</table>
<h2>Targets (${targets.length})</h2>
<table><tr><th>target<th>node<th>exporter<th>online<th>told by<th>labels</tr>
${targets.slice(0, MAX_ROWS).map((target) => targetRow(target, originOf(target.device, isHeldBack(target))))}</table>
${more(targets.length)}
<h2>Devices without a target (${others.length})</h2>
<table><tr><th>node<th>address<th>system<th>told by<th>why</tr>
${others
  .slice(0, MAX_ROWS)
  .map(
    (device) =>
      html`<tr><td>${device.name}<td>${device.ipv4 ?? device.ipv6 ?? ""}<td>${device.os ?? ""}<td>${originOf(device)}<td>${reasonOf(device)}</tr>\n`,
  )}</table>
${more(others.length)}
<p>Not looked at are Mullvad's exit nodes, nodes without an address, and those of other tailnets that are there only because one of this tailnet is shared with them.</p>`;
  return page({ title: "tsmon discover", version, body, widthRem: 80 });
}

function sourceRow({ name, devices, heldBack, lastSuccessSeconds, error }: PageFacts["sources"][number], now: number) {
  return html`<tr><td>${name}<td>${devices ?? ""}<td>${heldBack}<td>${ageText(lastSuccessSeconds, now)}<td>${error ?? "ok"}</tr>\n`;
}

function originText(origin: Origin | undefined, now: number): string {
  if (origin === undefined) return "";
  const { name, lastSuccessSeconds } = origin.source;
  return `${name}, ${ageText(lastSuccessSeconds, now)}`;
}

function ageText(seconds: number | undefined, now: number): string {
  return seconds === undefined ? "never" : `${Math.max(0, Math.round(now - seconds))} s ago`;
}

function targetRow({ device, exporter, address, path, labels }: Target, origin: string) {
  return html`<tr><td><code>${address}${labels.__metrics_path__ ?? path}</code><td>${device.name}<td>${exporter ?? ""}<td>${onlineOf(device)}<td>${origin}<td>${labelList(labels)}</tr>\n`;
}

function onlineOf({ online }: Device): string {
  return online === undefined ? "not known" : online ? "yes" : "no";
}

function labelList(labels: Labels) {
  return html`<details><summary>${Object.keys(labels).length}</summary>${Object.entries(labels).map(
    ([name, value]) => html`<code>${name}="${value}"</code><br>`,
  )}</details>`;
}

function more(count: number) {
  return count > MAX_ROWS ? html`<p>${count - MAX_ROWS} more are not shown.</p>` : "";
}
