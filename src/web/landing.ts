import { html } from "hono/html";
import { page } from "./page.ts";

/** What a landing page says. */
export interface LandingPage {
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly links: readonly { readonly path: string; readonly text: string; readonly description: string }[];
}

/** The page at `/`: what runs here and what it offers. */
export function landingPage({ title, description, version, links }: LandingPage) {
  const body = html`<p>${description}</p>
<ul>
${links.map(({ path, text, description }) => html`<li><a href="${path}">${text}</a>: ${description}</li>\n`)}
</ul>`;
  return page({ title, version, body });
}
