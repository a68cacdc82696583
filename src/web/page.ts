import { html } from "hono/html";

/** What is around every page for people. */
export interface Page {
  readonly title: string;
  readonly version: string;
  /** Markup made by `html`, which escapes what is put into it. */
  readonly body: ReturnType<typeof html>;
  /** Longest line, in rem. @default {40} */
  readonly widthRem?: number;
}

/** A whole page. It loads nothing and runs no script. */
export function page({ title, version, body, widthRem = 40 }: Page) {
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: ${widthRem}rem; padding: 0 1rem; }
footer { opacity: .7; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: .3rem .6rem; text-align: left; vertical-align: top; }
code { overflow-wrap: anywhere; }
</style>
<h1>${title}</h1>
${body}
<footer>tsmon ${version}</footer>
</html>`;
}
