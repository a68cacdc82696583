import { BINARY } from "../e2e/binary.ts";
import { FakeControl } from "../integration/fleet/fake-control.ts";
import { eventually } from "../lab/eventually.ts";
import { median, type Row } from "./harness.ts";
import { memoryOf, PROMETHEUS_HEADERS, type Server, startServer } from "./server.ts";

const SIZES = [100, 1000, 5000, 20_000];
/** The size that has targets. */
const TARGET_SIZE = 5000;
const SCRAPES = 200;
const REFRESH_SECONDS = 5;
/** Between two scrapes, so that some fall into a refresh and most beside it. */
const PAUSE_MS = 60;
/** From a question to the API until all that it leads to is done: reading, text, packing, and giving back memory. */
const REFRESH_MS = 1500;
const COMPAT = ["--compat", "tailscale-exporter", "--compat", "tsmetrics"];

/** Scrapes of fleet over growing tailnets that a fake API tells, without other exporters' families and with them. */
export async function fleetRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const devices of SIZES) {
    await using control = await FakeControl.start(devices);
    // Made once: to make it at each request would be time of ours.
    const list = JSON.stringify(control.answers["/devices"]);
    const asked: number[] = [];
    control.fail("/devices", (_, response) => {
      asked.push(performance.now());
      response.end(list);
    });
    for (const compat of [[], COMPAT]) rows.push(...(await measure(control, asked, { devices, compat })));
  }
  return rows;
}

/** @param asked When the API was asked for the devices, of `performance.now()`. */
async function measure(
  control: FakeControl,
  asked: readonly number[],
  { devices, compat }: { readonly devices: number; readonly compat: readonly string[] },
): Promise<Row[]> {
  const flags = ["--api.url", control.url, "--api.key", "tskey-api-good", "--live", "never", "--source", "api"];
  await using server = await startServer((port) => {
    return [BINARY, "fleet", `--web.listen=127.0.0.1:${port}`, `--refresh=${REFRESH_SECONDS}s`, ...flags, ...compat];
  });
  await eventually(`${devices} devices`, async () => (await fetch(server.url.replace("metrics", "readyz"))).ok, 60);
  const first = await scrapeMs(server);
  await rest();
  const scrapes: { readonly startedMs: number; readonly ms: number }[] = [];
  for (let index = 0; index < SCRAPES; index++) {
    scrapes.push(await scrapeMs(server));
    await rest();
  }
  const times = scrapes.map(({ ms }) => ms);
  const isInRefresh = (atMs: number) => asked.some((askedMs) => atMs > askedMs && atMs < askedMs + REFRESH_MS);
  const during = scrapes.filter(({ startedMs, ms }) => isInRefresh(startedMs + ms)).map(({ ms }) => ms);
  const beside = scrapes.filter(({ startedMs, ms }) => !isInRefresh(startedMs + ms)).map(({ ms }) => ms);
  await eventually("the middle between two refreshes", () => performance.now() > asked.at(-1)! + REFRESH_SECONDS * 500);
  const memory = memoryOf(server.pid);
  const series = await seriesOf(server);
  const what = `${devices} devices, ${series} series${compat.length > 0 ? ", with two compat modes" : ""}`;
  const isTarget = devices === TARGET_SIZE;
  const limit = (30 * series) / 100_000;
  const size = compat.length > 0 ? 250 : 120;
  return [
    {
      what: `fleet: scrape of ${what}`,
      value: median(times),
      unit: "ms",
      ...(isTarget && { target: { text: "at most 30 ms per 100,000 series", limit } }),
    },
    {
      what: "fleet: such a scrape during a refresh",
      value: median(during),
      unit: "ms",
      reference: { name: "between refreshes", value: median(beside) },
      ...(isTarget && { target: { text: "at most 1.5 times", limit: 1.5 * median(beside) } }),
    },
    { what: `fleet: slowest of ${SCRAPES} over several refreshes`, value: Math.max(...times), unit: "ms" },
    { what: "fleet: first scrape, for which the text is made", value: first.ms, unit: "ms" },
    {
      what: "fleet: resident memory between refreshes",
      value: memory.resident,
      unit: "MB",
      ...(isTarget && { target: { text: `at most ${size} MB`, limit: size } }),
    },
    { what: "fleet: the most that was resident", value: memory.peak, unit: "MB" },
  ];
}

const rest = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

async function scrapeMs({ url }: Server): Promise<{ startedMs: number; ms: number }> {
  const startedMs = performance.now();
  // The body as it comes: what unpacks it is Prometheus's time.
  const response = await fetch(url, { headers: PROMETHEUS_HEADERS, decompress: false } as RequestInit);
  await response.arrayBuffer();
  return { startedMs, ms: performance.now() - startedMs };
}

async function seriesOf({ url }: Server): Promise<number> {
  const text = await (await fetch(url, { headers: PROMETHEUS_HEADERS })).text();
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}
