import * as z from "zod/mini";
import { FilePath, SecretText } from "../../config/fields.ts";
import { ControlClient, type ControlOptions } from "../../control/client.ts";
import { OAuthCredentials, type SecretReader, tokenCredentials } from "../../control/credentials.ts";
import type { Log } from "../../log.ts";
import { secretOf } from "./secrets.ts";

/** Settings of the modes that can ask the Tailscale API and Headscale. */
export const ApiFields = {
  "api.url": z._default(httpUrl(), "https://api.tailscale.com").register(z.globalRegistry, {
    description: "URL of the Tailscale API, or of a Headscale that offers it",
    placeholder: "URL",
  }),
  "api.tailnet": z._default(z.string().check(z.minLength(1), z.maxLength(256)), "-").register(z.globalRegistry, {
    description: "Name of the tailnet; - is the credential's own",
    placeholder: "NAME",
  }),
  "api.key": z.optional(SecretText).register(z.globalRegistry, {
    description: "Access token of the Tailscale API",
    placeholder: "KEY",
  }),
  "api.key-file": z.optional(FilePath).register(z.globalRegistry, {
    description: "File with that token",
    placeholder: "FILE",
  }),
  "api.oauth-client-id": z.optional(z.string().check(z.minLength(1))).register(z.globalRegistry, {
    description: "Id of an OAuth client with the scope devices:core:read",
    placeholder: "ID",
  }),
  "api.oauth-client-secret": z.optional(SecretText).register(z.globalRegistry, {
    description: "Secret of that client",
    placeholder: "KEY",
  }),
  "api.oauth-client-secret-file": z.optional(FilePath).register(z.globalRegistry, {
    description: "File with that secret",
    placeholder: "FILE",
  }),
  "headscale.url": z
    .optional(httpUrl())
    .register(z.globalRegistry, { description: "URL of the Headscale server", placeholder: "URL" }),
  "headscale.key": z.optional(SecretText).register(z.globalRegistry, {
    description: "API key of Headscale",
    placeholder: "KEY",
  }),
  "headscale.key-file": z.optional(FilePath).register(z.globalRegistry, {
    description: "File with that key",
    placeholder: "FILE",
  }),
};

/** Values of the {@linkcode ApiFields} that are not given to a client by themselves. */
export type ApiSettings = Omit<
  Partial<Readonly<z.output<z.ZodMiniObject<typeof ApiFields>>>>,
  "api.url" | "api.tailnet"
>;

/** Where credentials are looked for, and how the client that gets them asks. */
export interface ClientOptions extends Pick<ControlOptions, "timeoutSeconds" | "observe"> {
  readonly settings: ApiSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** A client of the Tailscale API at a URL, admitted as an OAuth client, else by a token; undefined without a secret. */
export function tailscaleClient(url: string, { settings, env, log, ...options }: ClientOptions) {
  const common = { ...options, baseUrl: `${withoutSlash(url)}/api/v2` };
  const clientId = settings["api.oauth-client-id"];
  const clientSecret = clientId === undefined ? undefined : secretAt("api.oauth-client-secret", { settings, env, log });
  if (clientId !== undefined && clientSecret) {
    return new ControlClient({ ...common, credentials: new OAuthCredentials({ ...common, clientId, clientSecret }) });
  }
  const key = secretAt("api.key", { settings, env, log });
  return key && new ControlClient({ ...common, credentials: tokenCredentials(key) });
}

/** A client of a Headscale; undefined without its URL or a key. */
export function headscaleClient({ settings, env, log, ...options }: ClientOptions): ControlClient | undefined {
  const url = settings["headscale.url"];
  if (url === undefined) return undefined;
  const key = secretAt("headscale.key", { settings, env, log });
  return key && new ControlClient({ ...options, baseUrl: withoutSlash(url), credentials: tokenCredentials(key) });
}

function secretAt(
  name: "api.key" | "api.oauth-client-secret" | "headscale.key",
  { settings, env, log }: Pick<ClientOptions, "settings" | "env" | "log">,
): SecretReader | undefined {
  return secretOf({ name, given: settings[name], file: settings[`${name}-file`], env, log });
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, "");
}

function httpUrl() {
  return z.string().check(
    z.refine((text) => /^https?:\/\/[^/?#@\s]+\/?$/.test(text) && URL.canParse(text), {
      error: "is not the URL of a server: expected https://HOST or https://HOST:PORT",
    }),
  );
}
