import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import * as z from "zod/mini";
import { messageOf } from "../config/message.ts";
import { parseSeconds } from "../config/units.ts";
import { type Tls, tlsProblem } from "../runtime/serve.ts";
import { WebConfigError } from "./web-config-error.ts";

/** What a web configuration file says. */
export interface WebConfig {
  readonly tls: Tls | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** bcrypt hashes by name. Without any, no password is asked for. */
  readonly users: Readonly<Record<string, string>>;
  readonly rateLimit: { readonly intervalSeconds: number; readonly burst: number } | undefined;
  /** The file itself and those that it names. */
  readonly files: readonly string[];
}

/** Costs of bcrypt below this are refused by its libraries; those above take minutes of a processor. */
const HASH = /^\$2[aby]\$(?:0[4-9]|1[0-8])\$[./A-Za-z0-9]{53}$/;

const Version = z.enum(["TLS12", "TLS13"]);
const HEADERS = [
  "Content-Security-Policy",
  "X-Frame-Options",
  "X-Content-Type-Options",
  "X-XSS-Protection",
  "Strict-Transport-Security",
] as const;
const HeaderText = z.string().check(z.regex(/^[\x20-\x7e]*$/, "is not a header's value"));

/** A key of that format which is not to be had here. */
const refused = (why: string) => z.optional(z.never(`cannot be had here: ${why}`));

/** exporter-toolkit's format. What cannot be done here is refused and not passed over: it is there to keep somebody out. */
const File = z.strictObject({
  tls_server_config: z.optional(
    z.strictObject({
      cert: z.optional(z.string()),
      key: z.optional(z.string()),
      client_ca: z.optional(z.string()),
      cert_file: z.optional(z.string()),
      key_file: z.optional(z.string()),
      client_ca_file: z.optional(z.string()),
      client_auth_type: z._default(
        z.enum(["NoClientCert", "RequireAndVerifyClientCert"], "is not NoClientCert or RequireAndVerifyClientCert"),
        "NoClientCert",
      ),
      min_version: z.optional(Version),
      max_version: z.optional(Version),
      // TLS 1.3 has one order for all, and the runtimes' own suites are safe ones.
      prefer_server_cipher_suites: z.optional(z.boolean()),
      cipher_suites: refused("the runtime has its own, which are safe ones"),
      curve_preferences: refused("the runtime has its own, which are safe ones"),
      client_allowed_sans: refused("have callers sign with an authority of their own, and name it in client_ca_file"),
    }),
  ),
  http_server_config: z.optional(
    z.strictObject({
      /** The binary speaks HTTP/1.1 alone, which every scraper does, and Deno both. */
      http2: z.optional(z.boolean()),
      headers: z.optional(z.strictObject(Object.fromEntries(HEADERS.map((name) => [name, z.optional(HeaderText)])))),
    }),
  ),
  basic_auth_users: z.optional(
    z.record(z.string(), z.string().check(z.regex(HASH, "is not a bcrypt hash of a cost from 4 to 18"))),
  ),
  rate_limit: z.optional(
    z.strictObject({ interval: z.union([z.string(), z.number()]), burst: z._default(z.int().check(z.minimum(0)), 0) }),
  ),
});

/**
 * Reads a web configuration file and the files that it names, whose paths are relative to it.
 *
 * @throws {WebConfigError} With what is wrong, and where.
 */
export function readWebConfig(path: string): WebConfig {
  const fail = (text: string) => new WebConfigError(`${path}: ${text}`);
  const parsed = File.safeParse(parseYaml(read(path, fail), fail) ?? {}, { error: messageOf });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw fail(`${issue!.path.join(".") || "the file"}: ${issue!.message}`);
  }
  const { tls_server_config, http_server_config, basic_auth_users = {}, rate_limit } = parsed.data;
  const files = [path];
  const file = (name: string | undefined) => {
    if (name === undefined) return undefined;
    const full = resolve(dirname(path), name);
    files.push(full);
    return read(full, fail);
  };
  const tls = tls_server_config && toTls(tls_server_config, file, fail);
  const headers = Object.entries(http_server_config?.headers ?? {}).filter(([, value]) => value);
  return {
    tls,
    headers: Object.fromEntries(headers) as Record<string, string>,
    users: basic_auth_users,
    rateLimit: rate_limit && toRateLimit(rate_limit, fail),
    files,
  };
}

type Fail = (text: string) => WebConfigError;

function read(path: string, fail: Fail): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fail(`cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}

function parseYaml(text: string, fail: Fail): unknown {
  try {
    return parse(text, { prettyErrors: false, maxAliasCount: 0 });
  } catch {
    throw fail("not valid YAML"); // the library's own words quote the file
  }
}

type TlsConfig = NonNullable<z.output<typeof File>["tls_server_config"]>;

function toTls(config: TlsConfig, file: (name: string | undefined) => string | undefined, fail: Fail): Tls {
  for (const name of ["cert", "key", "client_ca"] as const) {
    if (config[name] && config[`${name}_file`]) throw fail(`tls_server_config: both ${name} and ${name}_file`);
  }
  const cert = config.cert ?? file(config.cert_file);
  const key = config.key ?? file(config.key_file);
  const clientCa = config.client_ca ?? file(config.client_ca_file);
  if (cert === undefined) throw fail("tls_server_config: cert_file is missing");
  if (key === undefined) throw fail("tls_server_config: key_file is missing");
  const isRequired = config.client_auth_type === "RequireAndVerifyClientCert";
  if (isRequired !== (clientCa !== undefined)) {
    throw fail("tls_server_config: client_ca_file and client_auth_type RequireAndVerifyClientCert go together");
  }
  if (clientCa !== undefined && !clientCa.includes("-----BEGIN CERTIFICATE-----")) {
    throw fail("tls_server_config: client_ca_file has no certificate"); // without one everybody would be let in
  }
  const { min_version: minVersion, max_version: maxVersion } = config;
  if (minVersion === "TLS13" && maxVersion === "TLS12")
    throw fail("tls_server_config: min_version is above max_version");
  const tls = { cert, key, clientCa, minVersion, maxVersion };
  const problem = tlsProblem(tls);
  if (problem !== undefined) throw fail(`tls_server_config cannot be used: ${problem}`);
  return tls;
}

function toRateLimit({ interval, burst }: { interval: string | number; burst: number }, fail: Fail) {
  const intervalSeconds = parseSeconds(String(interval));
  if (intervalSeconds === undefined) throw fail("rate_limit.interval: is not a duration");
  return intervalSeconds > 0 ? { intervalSeconds, burst: Math.max(burst, 1) } : undefined;
}
