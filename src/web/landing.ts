import { html } from "hono/html";

/** What a landing page says. */
export interface LandingPage {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly links: readonly { readonly path: string; readonly text: string; readonly description: string }[];
}

/** The page at `/`: what runs here and what it offers. */
export function landingPage({ title, description, version, links }: LandingPage) {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem; }
footer { opacity: .7; margin-top: 2rem; }
</style>
<h1>${title}</h1>
<p>${description}</p>
<ul>
${links.map(({ path, text, description }) => html`<li><a href="${path}">${text}</a>: ${description}</li>\n`)}
</ul>
<footer>tsmon ${version}</footer>
</html>`;
}
