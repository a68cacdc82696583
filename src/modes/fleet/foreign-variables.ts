type Env = Readonly<Record<string, string | undefined>>;

/** A variable of another exporter: ours, and its value in our form; undefined where it has none. */
type Translation = (value: string, env: Env) => readonly [name: string, value: string] | undefined;

const as =
  (name: string): Translation =>
  (value) => [name, value];

/** tsmetrics', of which some are names that anything may have: they count beside one that is its own. */
const TSMETRICS_OWN: Readonly<Record<string, Translation>> = {
  OAUTH_CLIENT_ID: as("API_OAUTH_CLIENT_ID"),
  OAUTH_CLIENT_SECRET: as("API_OAUTH_CLIENT_SECRET"),
  OAUTH_TOKEN: as("API_KEY"),
  TAILNET_NAME: as("API_TAILNET"),
  TEST_DEVICES: as("LIVE_NAME"),
  TARGET_DEVICES: as("LIVE_NAME"),
  SCRAPE_TAG: (tag) => ["LIVE_TAG", tag.startsWith("tag:") ? tag : `tag:${tag}`],
  CLIENT_METRICS_PORT: as("WEBCLIENT_PORT"),
  CLIENT_METRICS_TIMEOUT: (time) => ["LIVE_TIMEOUT", /^\d+$/.test(time) ? `${time}s` : time],
  MAX_CONCURRENT_SCRAPES: as("LIVE_CONCURRENCY"),
};
const TSMETRICS_COMMON: Readonly<Record<string, Translation>> = {
  PORT: (port, { BIND_HOST }) => ["WEB_LISTEN", `${BIND_HOST || "127.0.0.1"}:${port}`],
  LOG_LEVEL: (level) => (/^(debug|info|warn|error)$/i.test(level) ? ["LOG_LEVEL", level.toLowerCase()] : undefined),
  LOG_FORMAT: (format) => (/^(text|json)$/i.test(format) ? ["LOG_FORMAT", format.toLowerCase()] : undefined),
};

const TAILSCALE_EXPORTER: Readonly<Record<string, Translation>> = {
  TAILSCALE_TAILNET: as("API_TAILNET"),
  TAILSCALE_OAUTH_CLIENT_ID: as("API_OAUTH_CLIENT_ID"),
  TAILSCALE_OAUTH_CLIENT_SECRET: as("API_OAUTH_CLIENT_SECRET"),
  // Its port is that of gRPC, which we do not speak.
  HEADSCALE_ADDRESS: (address, { HEADSCALE_INSECURE }) => [
    "HEADSCALE_URL",
    /^https?:/.test(address)
      ? address
      : `${HEADSCALE_INSECURE === "true" ? "http" : "https"}://${address.replace(/:\d+$/, "")}`,
  ],
  HEADSCALE_API_KEY: as("HEADSCALE_KEY"),
};

/** Variables that have no setting here, and what does what they are for. */
const WITHOUT: Readonly<Record<string, string>> = {
  METRICS_TOKEN: "does nothing here: --web.allow says who may read, --web.config.file has passwords",
  USE_TSNET: "does nothing here: tsmon uses the tailscaled of this host",
  RATE_LIMIT_RPS: "does nothing here: a scrape asks nobody",
};

/** The environment with what other exporters' variables mean here, and a line for each that was understood. */
export function translateForeignVariables(env: Env): { readonly env: Env; readonly notes: readonly string[] } {
  const isTsmetrics = Object.keys(TSMETRICS_OWN).some((name) => env[name]);
  const known = { ...TSMETRICS_OWN, ...TAILSCALE_EXPORTER, ...(isTsmetrics ? TSMETRICS_COMMON : {}) };
  const added: Record<string, string> = {};
  const notes: string[] = [];
  for (const [foreign, translate] of Object.entries(known)) {
    const value = env[foreign];
    const ours = value ? translate(value, env) : undefined;
    const name = ours && `TSMON_FLEET_${ours[0]}`;
    if (name === undefined || env[name] !== undefined) continue;
    added[name] = ours![1];
    notes.push(`The variable ${foreign} of another exporter is taken as ${name}`);
  }
  for (const [foreign, instead] of Object.entries(WITHOUT)) {
    if (isTsmetrics && env[foreign]) notes.push(`The variable ${foreign} of another exporter ${instead}`);
  }
  return { env: { ...env, ...added }, notes };
}
