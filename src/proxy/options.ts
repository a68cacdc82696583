import { readFileSync } from "node:fs";
import * as z from "zod/mini";
import { FilePath, SecretText } from "../config/fields.ts";

/** Headers that steer the connection, or that only we may set. */
const OWN_HEADERS =
  /^(?:host|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-.*|expect|accept|accept-encoding|authorization|x-prometheus-scrape-timeout-seconds)$/i;

/** What can stand in a header. */
const PRINTABLE = /^[\x20-\x7e]+$/;

/** What is known of one exporter besides its address: for discovery, and to be let in. Names are Prometheus's own. */
export const TargetOptions = z.lazy(() =>
  z
    .strictObject({
      labels: z.optional(
        z.record(
          z.string().check(z.regex(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/, "is not the name of a label of its own")),
          z.string(),
        ),
      ),
      headers: z.optional(z.record(headerName(), headerValue())),
      bearer_token: z.optional(
        SecretText.check(z.refine((token) => PRINTABLE.test(token.reveal()), "is not one line of printable ASCII")),
      ),
      bearer_token_file: z.optional(FilePath),
      basic_auth: z.optional(
        z.strictObject({
          username: z.string().check(z.regex(/^[^:\p{Cc}]*$/u, "is not a user name")),
          password: z.optional(SecretText),
          password_file: z.optional(FilePath),
        }),
      ),
      tls_config: z.optional(
        z.strictObject({
          ca_file: z.optional(FilePath),
          cert_file: z.optional(FilePath),
          key_file: z.optional(FilePath),
          server_name: z.optional(z.string()),
          insecure_skip_verify: z.optional(z.boolean()),
        }),
      ),
    })
    .check(
      z.refine(
        ({ bearer_token, bearer_token_file, basic_auth }) =>
          [bearer_token, bearer_token_file, basic_auth].filter((way) => way !== undefined).length <= 1,
        "has more than one of bearer_token, bearer_token_file and basic_auth",
      ),
    ),
);
export type TargetOptions = z.output<typeof TargetOptions>;

function headerName() {
  return z.string().check(
    z.regex(/^[\w!#$%&'*+.^`|~-]+$/, "is not a header's name"),
    z.refine((name) => !OWN_HEADERS.test(name), "is a header that cannot be set"),
  );
}

function headerValue() {
  return z
    .string()
    .check(z.regex(/^[\x20-\x7e\t]*$/, "is not a header's value: it has other characters than printable ASCII"))
    .register(z.globalRegistry, { writeOnly: true });
}

/** Longest secret that is read from a file, in bytes. */
const MAX_SECRET_BYTES = 16 * 1024;

/** What a connection to an exporter is opened with. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
}

/**
 * Credentials of an exporter. Files are read anew each time, since they are replaced while we run.
 *
 * @throws {Error} If a file cannot be read; the message has its path and nothing of what is in it.
 */
export function credentialsOf(options: TargetOptions): Credentials {
  const { headers = {}, tls_config: tls = {} } = options;
  const authorization = authorizationOf(options);
  return {
    headers: { ...headers, ...(authorization !== undefined && { Authorization: authorization }) },
    tls: {
      ...(tls.ca_file && { ca: readFileSync(tls.ca_file, "utf8") }),
      ...(tls.cert_file && { cert: readFileSync(tls.cert_file, "utf8") }),
      ...(tls.key_file && { key: readFileSync(tls.key_file, "utf8") }),
      ...(tls.server_name && { servername: tls.server_name }),
      ...(tls.insecure_skip_verify && { rejectUnauthorized: false }),
    },
  };
}

function authorizationOf({ bearer_token, bearer_token_file, basic_auth }: TargetOptions): string | undefined {
  const token = bearer_token?.reveal() ?? (bearer_token_file && readSecret(bearer_token_file));
  if (token !== undefined) return `Bearer ${token}`;
  if (basic_auth === undefined) return undefined;
  const { username, password, password_file } = basic_auth;
  const secret = password?.reveal() ?? (password_file ? readSecret(password_file) : "");
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(`${username}:${secret}`)))}`;
}

function readSecret(path: string): string {
  const text = readFileSync(path, "utf8").trim();
  if (text.length <= MAX_SECRET_BYTES && PRINTABLE.test(text)) return text;
  throw new Error(`Cannot use the secret in ${path}: expected one line of printable ASCII`);
}
