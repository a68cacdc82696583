import * as z from "zod/mini";
import type { Secret } from "../config/secret.ts";
import { type ControlOptions, exchange } from "./client.ts";
import { ControlError } from "./errors.ts";

/** What admits to an API. */
export interface Credentials {
  /** Value of the Authorization header. Rejects with {@linkcode ControlError}. */
  authorization(signal: AbortSignal): Promise<string>;
  /** After a refusal of a header's value: whether there may be another than that. */
  renew(refused: string): boolean;
}

/** Gives a secret at each use, so that a file may be replaced. Throws or rejects when it cannot be read. */
export type SecretReader = () => Secret | Promise<Secret>;

/** Anything else would be another header, or none; and none is as long. */
const HEADER_TEXT = /^[\x21-\x7e]{1,8192}$/;

/** An API key or access token. */
export function tokenCredentials(read: SecretReader): Credentials {
  return {
    async authorization() {
      return headerOf(await reveal(read, "the API key"));
    },
    renew: () => false,
  };
}

/** How an OAuth client gets its tokens. */
export interface OAuthOptions extends Pick<ControlOptions, "timeoutSeconds" | "ask" | "observe"> {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: SecretReader;
}

const ENDPOINT = "/oauth/token";
/** Of the time that a token lives, this much is left unused, in seconds. */
const MARGIN_SECONDS = 120;
/** Life of a token whose answer does not tell it, in seconds. */
const DEFAULT_LIFE_SECONDS = 600;

const TokenAnswer = z.object({
  access_token: z.string().check(z.regex(HEADER_TEXT)),
  expires_in: z._default(z.catch(z.number().check(z.positive()), DEFAULT_LIFE_SECONDS), DEFAULT_LIFE_SECONDS),
});

/** Tokens of an OAuth client (RFC 6749, 4.4), each used until shortly before it ends. */
export class OAuthCredentials implements Credentials {
  readonly #options: OAuthOptions;
  #token: { readonly text: string; readonly endsMs: number } | undefined;
  #asking: Promise<string> | undefined;

  constructor(options: OAuthOptions) {
    this.#options = options;
  }

  async authorization(signal: AbortSignal): Promise<string> {
    if (this.#token && Date.now() < this.#token.endsMs) return headerOf(this.#token.text);
    this.#asking ??= this.#ask(signal).finally(() => {
      this.#asking = undefined;
    });
    return headerOf(await this.#asking);
  }

  renew(refused: string): boolean {
    // Of requests that were under way with the same token, the first has got a new one.
    if (this.#token && headerOf(this.#token.text) === refused) this.#token = undefined;
    return true;
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const { baseUrl, clientId, clientSecret, ...options } = this.#options;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: await reveal(clientSecret, "the OAuth client's secret"),
    });
    const init = { method: "POST", body };
    const answer = await exchange({ ...options, endpoint: ENDPOINT, url: `${baseUrl}${ENDPOINT}`, init, signal });
    const parsed = TokenAnswer.safeParse(answer);
    if (!parsed.success) throw new ControlError("decode", ENDPOINT, "the answer holds no token");
    const { access_token: text, expires_in: life } = parsed.data;
    this.#token = { text, endsMs: Date.now() + Math.max(life - MARGIN_SECONDS, life / 2) * 1000 };
    return text;
  }
}

function headerOf(token: string): string {
  return `Bearer ${token}`;
}

async function reveal(read: SecretReader, what: string): Promise<string> {
  try {
    const text = (await read()).reveal().trim();
    if (!HEADER_TEXT.test(text)) throw new Error("it is empty, too long or has odd characters");
    return text;
  } catch (error) {
    throw new ControlError("credential", what, error instanceof Error ? error.message : String(error));
  }
}
