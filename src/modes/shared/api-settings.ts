import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Credential, keyCredential, OAuthCredential, type ReadSecret } from "../../api/credential.ts";
import { ApiError } from "../../api/errors.ts";
import { FilePath, SecretText } from "../../config/fields.ts";
import type { Secret } from "../../config/secret.ts";

/** Settings of the modes that can ask the Tailscale API and Headscale. */
export const ApiFields = {
  "api.url": httpUrl().default("https://api.tailscale.com").meta({
    description: "URL of the Tailscale API, or of a Headscale that offers it",
    placeholder: "URL",
  }),
  "api.tailnet": z.string().min(1).max(256).default("-").meta({
    description: "Name of the tailnet; - is the credential's own",
    placeholder: "NAME",
  }),
  "api.key": SecretText.optional().meta({ description: "Access token of the Tailscale API", placeholder: "KEY" }),
  "api.key-file": FilePath.optional().meta({ description: "File with that token", placeholder: "FILE" }),
  "api.oauth-client-id": z.string().min(1).optional().meta({
    description: "Id of an OAuth client with the scope devices:core:read",
    placeholder: "ID",
  }),
  "api.oauth-client-secret": SecretText.optional().meta({ description: "Secret of that client", placeholder: "KEY" }),
  "api.oauth-client-secret-file": FilePath.optional().meta({
    description: "File with that secret",
    placeholder: "FILE",
  }),
  "headscale.url": httpUrl().optional().meta({ description: "URL of the Headscale server", placeholder: "URL" }),
  "headscale.key": SecretText.optional().meta({ description: "API key of Headscale", placeholder: "KEY" }),
  "headscale.key-file": FilePath.optional().meta({ description: "File with that key", placeholder: "FILE" }),
};

/** Values of the {@linkcode ApiFields}. */
export interface ApiSettings {
  readonly "api.url": string;
  readonly "api.tailnet": string;
  readonly "api.key"?: Secret | undefined;
  readonly "api.key-file"?: string | undefined;
  readonly "api.oauth-client-id"?: string | undefined;
  readonly "api.oauth-client-secret"?: Secret | undefined;
  readonly "api.oauth-client-secret-file"?: string | undefined;
  readonly "headscale.url"?: string | undefined;
  readonly "headscale.key"?: Secret | undefined;
  readonly "headscale.key-file"?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;
type SecretKey = "api.key" | "api.oauth-client-secret" | "headscale.key";

/** What admits to the Tailscale API: an OAuth client where its id is given, else a token. */
export function apiCredential(settings: ApiSettings, env: Environment): Credential {
  const clientId = settings["api.oauth-client-id"];
  if (clientId === undefined) return keyCredential(secretOf(settings, "api.key", env));
  const secret = secretOf(settings, "api.oauth-client-secret", env);
  return new OAuthCredential(new URL(settings["api.url"]), async () => clientId, secret);
}

/** What admits to Headscale's API. */
export function headscaleCredential(settings: ApiSettings, env: Environment): Credential {
  return keyCredential(secretOf(settings, "headscale.key", env));
}

/** Longest key that is read from a file. */
const MAX_LENGTH = 8192;

/** A secret from its setting, the file that a setting names, or systemd's credential of the setting's name. */
function secretOf(settings: ApiSettings, key: SecretKey, env: Environment): ReadSecret {
  const { CREDENTIALS_DIRECTORY } = env;
  const path = settings[`${key}-file`] ?? (CREDENTIALS_DIRECTORY && join(CREDENTIALS_DIRECTORY, key));
  return async () => {
    const given = settings[key]?.reveal() ?? (path ? await readSecret(key, path) : undefined);
    if (given === undefined) {
      throw new ApiError("credential", `the setting ${key}`, `it is not given (give it by --${key}-file)`);
    }
    // Anything else would be another header, or none.
    if (!/^[\x21-\x7e]+$/.test(given) || given.length > MAX_LENGTH) {
      throw new ApiError("credential", `the setting ${key}`, "it is empty or has odd characters");
    }
    return given;
  };
}

async function readSecret(key: string, path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ApiError("credential", `the setting ${key}`, `${path}: ${code ?? error} (give it by --${key}-file)`);
  }
}

function httpUrl() {
  return z.string().refine((text) => /^https?:\/\/[^/?#@\s]+\/?$/.test(text) && URL.canParse(text), {
    error: "is not the URL of a server: expected https://HOST or https://HOST:PORT",
  });
}
