import { html, raw } from "hono/html";
import { BUILD } from "../../version.ts";
import { PAGE_SCRIPT } from "./page-script.ts";

const STYLE = `
:root { color-scheme: light dark; --line: #8883; --ok: #1a7f37; --warn: #9a6700; --bad: #cf222e; --dim: #6e7781; }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --warn: #d29922; --bad: #f85149; --dim: #8b949e; } }
body { font: .9rem/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 100rem; padding: 0 1rem; }
header { align-items: baseline; display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; }
h1 { font-size: 1.4rem; margin: 0; }
input { font: inherit; flex: 0 1 28rem; min-width: 12rem; padding: .3rem .6rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin-top: 1rem; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td { max-width: 22rem; overflow-wrap: anywhere; }
th button { background: none; border: 0; color: inherit; cursor: pointer; font: inherit; font-weight: 600; padding: 0; white-space: nowrap; }
th[aria-sort=ascending] button::after { content: " ↑"; }
th[aria-sort=descending] button::after { content: " ↓"; }
small { border: 1px solid var(--line); border-radius: .3rem; color: var(--dim); padding: 0 .3rem; }
.state { font-weight: 600; white-space: nowrap; }
.state::before { content: "● "; }
.online { color: var(--ok); }
.agent_down, .control_lost, .soon { color: var(--warn); }
.unreachable, .bad, #problems { color: var(--bad); }
.offline, #found, #taken, footer { color: var(--dim); }
#counts { display: flex; flex-wrap: wrap; gap: 1rem; }
#demo { background: var(--warn); color: #fff; font-weight: 600; margin: 0 0 1rem; padding: .3rem .6rem; }
footer { margin-top: 2rem; }
`;

/** What a browser may do on the page: run its one script, and ask this server. */
export function pagePolicy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** The page for people: all devices, searchable and sortable, kept fresh. It loads nothing from elsewhere. */
export function fleetPage(nonce: string) {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tsmon fleet</title>
<style nonce="${nonce}">${raw(STYLE)}</style>
<p id="demo" hidden>Demonstration: every device on this page is made up.</p>
<header>
<h1>tsmon fleet</h1>
<input id="search" type="search" placeholder="Search name, tag, user, address, system, state" aria-label="Search" autofocus>
<span id="found"></span>
<span id="counts"></span>
<span id="taken"></span>
</header>
<div id="problems" role="alert"></div>
<div class="wide"><table><thead><tr id="head"></tr></thead><tbody id="rows"></tbody></table></div>
<p><button id="more" type="button" hidden></button></p>
<noscript><p>This page needs JavaScript. The devices are also at <a href="api/v1/devices">api/v1/devices</a>.</p></noscript>
<footer><a href="metrics">Metrics</a> · <a href="api/v1/devices">JSON</a> · <a href="debug">Debug</a> · tsmon ${BUILD.version}</footer>
<script nonce="${nonce}">${raw(PAGE_SCRIPT)}</script>
</html>`;
}
