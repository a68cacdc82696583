/** What is shown in place of a secret. */
export const MASK = "<secret>";

/** A text without what stands before the host in a URL, which may be a password. */
export function maskUserInfo(text: string): string {
  return text.replace(/(?<=:\/\/)[^\s"]+(?=@)/g, MASK);
}

/** Text that is shown as `<secret>` by string conversion, JSON and the runtimes' inspectors. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the request that needs it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return MASK;
  }
}
