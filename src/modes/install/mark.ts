import { digest } from "../../runtime/digest.ts";

const MARK = /^# As installed: ([0-9a-f]{16})\n$/;

/** The text with a last line that tells {@linkcode isAsInstalled} whether somebody has edited it since. */
export function marked(text: string): string {
  return `${text}# As installed: ${digestOf(text)}\n`;
}

/** Whether a file still is as it was written. One without our last line is somebody else's. */
export function isAsInstalled(text: string): boolean {
  const start = text.lastIndexOf("\n", text.length - 2) + 1;
  return MARK.exec(text.slice(start))?.[1] === digestOf(text.slice(0, start));
}

function digestOf(text: string): string {
  return digest("sha256", text).toString("hex").slice(0, 16);
}
