import process from "node:process";

/** Right passwords that are remembered, so that one is not hashed at each request. */
const MAX_REMEMBERED = 100;
/** Passwords that wait to be hashed. Each takes a processor for a tenth of a second or more. */
const MAX_WAITING = 16;

/** Whether a password is right; `busy` if too many are being looked at. */
export type Verdict = "right" | "wrong" | "busy";

/** Checks passwords against bcrypt hashes, one after another. */
export class PasswordCheck {
  /** Wrong ones are not here: whoever guesses would drive out those who know. */
  readonly #right = new Set<string>();
  /** Of what is remembered only a digest is kept, under a key that ends with the process. */
  readonly #key = crypto.getRandomValues(new Uint8Array(32));
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param users Hashes by name. An unknown name takes as long as one that is known. */
  async verify(name: string, password: string, users: Readonly<Record<string, string>>): Promise<Verdict> {
    const isKnown = Object.hasOwn(users, name);
    const hash = isKnown ? users[name]! : standIn(users, this.#digest(name));
    const digest = this.#digest(JSON.stringify([name, password, hash, isKnown]));
    if (this.#right.has(digest)) return "right";
    if (this.#waiting >= MAX_WAITING) return "busy";
    this.#waiting++;
    const turn = this.#last.then(() => compare(password, hash));
    this.#last = turn.catch(() => false);
    try {
      if (!(await turn) || !isKnown) return "wrong";
      this.#right.add(digest);
      if (this.#right.size > MAX_REMEMBERED) this.#right.delete(this.#right.values().next().value!);
      return "right";
    } finally {
      this.#waiting--;
    }
  }

  #digest(text: string): string {
    const { createHmac } = process.getBuiltinModule("node:crypto"); // not loaded where no password comes
    return createHmac("sha256", this.#key).update(text).digest("hex");
  }
}

/** Loaded when the first password comes: most agents ask for none. */
async function compare(password: string, hash: string): Promise<boolean> {
  return (await import("bcryptjs")).compare(password, hash);
}

/**
 * A hash which no password has, and which takes as long as one user's: of the user that a digest of the name falls on, so that
 * where costs differ a name's time does not tell whether it is a user's.
 */
export function standIn(users: Readonly<Record<string, string>>, digest: string): string {
  const hashes = Object.values(users);
  const hash = hashes[Number.parseInt(digest.slice(0, 8), 16) % hashes.length] ?? "$2b$10$";
  return `${hash.slice(0, 7)}${".".repeat(53)}`;
}
