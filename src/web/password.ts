import { createHmac, randomBytes } from "node:crypto";

/** Passwords that are remembered as right or wrong, so that one is not hashed at each request. */
const MAX_REMEMBERED = 100;
/** Passwords that wait to be hashed. Each takes a processor for a tenth of a second or more. */
const MAX_WAITING = 16;

/** Whether a password is right; `busy` if too many are being looked at. */
export type Verdict = "right" | "wrong" | "busy";

/** Checks passwords against bcrypt hashes, one after another. */
export class PasswordCheck {
  readonly #remembered = new Map<string, boolean>();
  /** Of what is remembered only a digest is kept, under a key that ends with the process. */
  readonly #key = randomBytes(32);
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param users Hashes by name. An unknown name takes as long as one that is known. */
  async verify(name: string, password: string, users: Readonly<Record<string, string>>): Promise<Verdict> {
    const isKnown = Object.hasOwn(users, name);
    const hash = isKnown ? users[name]! : standIn(users);
    const digest = createHmac("sha256", this.#key)
      .update(JSON.stringify([name, password, hash, isKnown]))
      .digest("hex");
    const remembered = this.#remembered.get(digest);
    if (remembered !== undefined) return remembered ? "right" : "wrong";
    if (this.#waiting >= MAX_WAITING) return "busy";
    this.#waiting++;
    const turn = this.#last.then(() => compare(password, hash));
    this.#last = turn.catch(() => false);
    try {
      const isRight = (await turn) && isKnown;
      this.#remembered.set(digest, isRight);
      if (this.#remembered.size > MAX_REMEMBERED) this.#remembered.delete(this.#remembered.keys().next().value!);
      return isRight ? "right" : "wrong";
    } finally {
      this.#waiting--;
    }
  }
}

/** Loaded when the first password comes: most agents ask for none. */
async function compare(password: string, hash: string): Promise<boolean> {
  return (await import("bcryptjs")).compare(password, hash);
}

/** A hash that takes as long as the first user's, and which no password has. */
function standIn(users: Readonly<Record<string, string>>): string {
  const [first = "$2b$10$"] = Object.values(users);
  return `${first.slice(0, 7)}${".".repeat(53)}`;
}
