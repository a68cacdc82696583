import { z } from "zod";
import { ApiError } from "./errors.ts";
import { requestJson } from "./request.ts";

/** What admits to an API. */
export interface Credential {
  /** Value of the Authorization header. Rejects with `ApiError`. */
  authorization(signal?: AbortSignal): Promise<string>;
  /** Told when the API refuses what it was given. Returns whether it is worth asking for another. */
  refused(): boolean;
}

/** Reads a secret when it is needed, so that one that is exchanged on disk is taken. Rejects when there is none. */
export type ReadSecret = () => Promise<string>;

/** A key that does not change by itself. */
export function keyCredential(readKey: ReadSecret): Credential {
  return { authorization: async () => `Bearer ${await readKey()}`, refused: () => false };
}

const Token = z.object({
  access_token: z
    .string()
    .min(1)
    .max(8192)
    .regex(/^[\x21-\x7e]+$/),
  expires_in: z.number(),
});

/** Shortest and longest time that a token is used, in seconds, whatever its maker says; and the share of its life. */
const USE = { shortestSeconds: 30, longestSeconds: 3600, share: 0.8 };

/** An OAuth client, which gets a token of an hour for its secret. */
export class OAuthCredential implements Credential {
  readonly #tokenUrl: URL;
  readonly #clientId: ReadSecret;
  readonly #secret: ReadSecret;
  #token: { readonly text: string; readonly endMs: number } | undefined;

  /** @param url Where the API is, as in `https://api.tailscale.com`. */
  constructor(url: URL, clientId: ReadSecret, secret: ReadSecret) {
    this.#tokenUrl = new URL("/api/v2/oauth/token", url);
    this.#clientId = clientId;
    this.#secret = secret;
  }

  async authorization(signal?: AbortSignal): Promise<string> {
    if (this.#token === undefined || performance.now() >= this.#token.endMs) this.#token = await this.#fetch(signal);
    return `Bearer ${this.#token.text}`;
  }

  refused(): boolean {
    const hadToken = this.#token !== undefined;
    this.#token = undefined;
    return hadToken;
  }

  async #fetch(signal: AbortSignal | undefined) {
    const what = "Tailscale API token";
    const [client_id, client_secret] = [await this.#clientId(), await this.#secret()];
    const form = { grant_type: "client_credentials", client_id, client_secret };
    const parsed = Token.safeParse(await requestJson({ what, url: this.#tokenUrl, form, signal }));
    if (!parsed.success) throw new ApiError("decode", what, "the answer has no token");
    const { access_token: text, expires_in } = parsed.data;
    const useSeconds = Math.min(Math.max(expires_in * USE.share, USE.shortestSeconds), USE.longestSeconds);
    return { text, endMs: performance.now() + useSeconds * 1000 };
  }
}
