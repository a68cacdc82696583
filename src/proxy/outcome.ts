/** How a proxied scrape ended, in words few enough to be label values. */
const PROXY_OUTCOMES = [
  "ok",
  /** The exporter answered with a status of 400 or above, which was passed on. */
  "status",
  /** It could not be connected to, or closed the connection. */
  "down",
  /** It was too slow. */
  "timeout",
  "too_large",
  /** It broke off in the middle of its answer. */
  "cut",
  "redirect",
  /** Not HTTP, or not metrics. */
  "bad_answer",
  /** The scraper went away first. */
  "canceled",
  /** Too many scrapes at once. */
  "busy",
  /** A fault of ours or of our settings, such as a file that cannot be read. */
  "error",
] as const;
export type ProxyOutcome = (typeof PROXY_OUTCOMES)[number];

/** An exporter that gave no answer, or one that is not passed on. The message completes a sentence that begins with its name. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly outcome: ProxyOutcome;

  constructor(outcome: ProxyOutcome, message: string) {
    super(message);
    this.outcome = outcome;
  }

  /** HTTP status for the scraper. */
  get status(): 502 | 503 | 504 {
    if (this.outcome === "timeout") return 504;
    return this.outcome === "busy" ? 503 : 502;
  }
}

/** An answer that ended before it was whole. */
export function cutOff(): ProxyError {
  return new ProxyError("cut", "broke off in the middle of its answer");
}
