import { html, raw } from "hono/html";
import { BUILD } from "../../version.ts";
import { PAGE_SCRIPT } from "./page-script.ts";

const STYLE = `
:root { color-scheme: light dark; --back: #fff; --raised: #f6f8fa; --text: #1f2328; --dim: #59636e; --line: #d1d9e0; --ok: #1a7f37; --warn: #9a6700; --bad: #cf222e; --accent: #0969da; --demo: #fff8c5; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --raised: #161b22; --text: #e6edf3; --dim: #9198a1; --line: #30363d; --ok: #3fb950; --warn: #d29922; --bad: #f85149; --accent: #4493f8; --demo: #3a2d00; } }
* { box-sizing: border-box; }
body { background: var(--back); color: var(--text); font: .875rem/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; margin: 0 auto; max-width: 110rem; padding: 1.25rem 1.5rem; }
a { color: var(--accent); }
header { align-items: center; display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; }
h1 { font-size: 1.35rem; margin: 0; }
input { background: var(--back); border: 1px solid var(--line); border-radius: .4rem; color: inherit; flex: 1 1 18rem; font: inherit; max-width: 30rem; padding: .4rem .75rem; }
input:focus, button:focus-visible { border-color: var(--accent); outline: 2px solid var(--accent); outline-offset: -1px; }
button { background: var(--raised); border: 1px solid var(--line); border-radius: 2rem; color: inherit; cursor: pointer; font: inherit; padding: .15rem .75rem; }
button:hover { border-color: currentColor; }
button.online, button.offline, button.agent_down, button.control_lost, button.unreachable { color: var(--state); }
#counts { display: flex; flex-wrap: wrap; gap: .5rem; }
#taken, #found { white-space: nowrap; }
#found:empty { display: none; }
#bar { border-radius: .2rem; display: flex; gap: 2px; height: .4rem; margin: 1rem 0 .5rem; overflow: hidden; }
#bar span { background: var(--state); min-width: 3px; }
#demo { background: var(--demo); border: 1px solid var(--warn); border-radius: .4rem; margin: 0 0 1rem; padding: .4rem .75rem; }
#problems p { border-left: .25rem solid var(--bad); margin: .5rem 0; overflow-wrap: anywhere; padding: .1rem .75rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .75rem; text-align: left; vertical-align: top; white-space: nowrap; }
td.name, td.owner { max-width: 22rem; overflow-wrap: break-word; white-space: normal; }
tbody tr:hover { background: var(--raised); }
th button { background: none; border: 0; border-radius: 0; color: var(--dim); font-size: .8rem; font-weight: 600; padding: 0; }
th[aria-sort=ascending] button, th[aria-sort=descending] button { color: inherit; }
th[aria-sort=ascending] button::after { content: " ↑"; }
th[aria-sort=descending] button::after { content: " ↓"; }
small { border: 1px solid var(--line); border-radius: 2rem; color: var(--dim); display: inline-block; line-height: 1.35; padding: 0 .45rem; white-space: nowrap; }
.online { --state: var(--ok); }
.agent_down, .control_lost { --state: var(--warn); }
.unreachable { --state: var(--bad); }
.offline { --state: var(--dim); }
.state { color: var(--state); font-weight: 600; }
.state::before { content: "● "; }
.soon { color: var(--warn); }
.over { color: var(--bad); }
.bad { border-color: currentColor; color: var(--bad); }
#found, #taken, #waiting, footer { color: var(--dim); }
footer { margin-top: 2rem; }
@media (max-width: 44rem) {
body { padding: 1rem; }
thead tr { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding-bottom: .5rem; }
th { border: 0; padding: 0; }
tbody tr { border-top: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: .6rem 0; }
td { border: 0; padding: 0; }
td:empty { display: none; }
td.name { flex: 1 1 calc(100% - 9rem); max-width: calc(100% - 8rem); }
td:first-child { margin-left: auto; order: 1; }
td.name ~ td { order: 2; }
td[data-label]::before { color: var(--dim); content: attr(data-label) " "; font-size: .8rem; }
}
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
<span id="counts"></span>
<span id="found" role="status"></span>
<span id="taken"></span>
</header>
<div id="bar" aria-hidden="true"></div>
<div id="problems" role="alert"></div>
<div class="wide"><table><thead><tr id="head"></tr></thead><tbody id="rows"></tbody></table></div>
<p id="waiting">Waiting for the first list of devices.</p>
<p><button id="more" type="button" hidden></button></p>
<noscript><p>This page needs JavaScript. The devices are also at <a href="api/v1/devices">api/v1/devices</a>.</p></noscript>
<footer><a href="metrics">Metrics</a> · <a href="api/v1/devices">JSON</a> · <a href="debug">Debug</a> · tsmon ${BUILD.version}</footer>
<script nonce="${nonce}">${raw(PAGE_SCRIPT)}</script>
</html>`;
}
