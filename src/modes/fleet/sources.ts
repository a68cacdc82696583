import type { ApiClient } from "../../control/client.ts";
import { ControlError } from "../../control/errors.ts";
import { listHeadscaleApiKeys, listPreAuthKeys } from "../../control/headscale/keys.ts";
import { getHealth, listHeadscaleUsers, listNodes } from "../../control/headscale/nodes.ts";
import { listDevices } from "../../control/tailscale/devices.ts";
import { getDns } from "../../control/tailscale/dns.ts";
import { listKeys } from "../../control/tailscale/keys.ts";
import { type ApiLogStream, getLogStream, LOG_TYPES, type LogType } from "../../control/tailscale/log-streaming.ts";
import { listPostureIntegrations } from "../../control/tailscale/posture.ts";
import { listServices } from "../../control/tailscale/services.ts";
import { getContacts, getSettings } from "../../control/tailscale/settings.ts";
import { listUserInvites, listUsers } from "../../control/tailscale/users.ts";
import { listWebhooks } from "../../control/tailscale/webhooks.ts";
import { type Entries, present } from "../../control/tolerant.ts";
import { Turn } from "../../control/turn.ts";
import type { FleetDevice } from "../../fleet/device.ts";
import { fromApi } from "../../fleet/from-api.ts";
import type { PartState } from "../../fleet/snapshot.ts";
import { releaseMemorySoon } from "../../runtime/memory.ts";
import { monotonicSeconds } from "../shared/clock.ts";
import { EmptyGuard } from "./empty-guard.ts";
import { type Answer, Part } from "./part.ts";

/** Time and pace of parts, and whom they tell. */
export interface Pace {
  readonly refreshSeconds: number;
  readonly slowSeconds: number;
  readonly timeoutSeconds: number;
  onChange(state: PartState): void;
}

/** Lists that there are in every answer, as errors name them. */
const DEVICES = "the list of devices";
const USERS = "the list of users";

/** A refresh may take a token and an answer. */
const REQUESTS_PER_REFRESH = 2;

/** Every part that Tailscale's API tells: one request for all devices, and one for each other part. */
export function apiParts(client: ApiClient, tailnet: string, pace: Pace) {
  type Lister<Entry> = (client: ApiClient, tailnet: string, signal: AbortSignal) => Promise<Entries<Entry>>;
  const list = <Entry>(name: string, lister: Lister<Entry>) =>
    slowPart(name, pace, async (signal) => toAnswer(await lister(client, tailnet, signal)));
  return {
    devices: devicesPart("devices", pace, true, async (signal) =>
      mapped(present(await listDevices(client, tailnet, signal), DEVICES), fromApi),
    ),
    users: slowPart("users", pace, async (signal) =>
      toAnswer(present(await listUsers(client, tailnet, signal), USERS)),
    ),
    keys: list("keys", listKeys),
    services: list("services", listServices),
    webhooks: list("webhooks", listWebhooks),
    posture: list("posture_integrations", listPostureIntegrations),
    userInvites: list("user_invites", listUserInvites),
    dns: slowPart("dns", pace, async (signal) => ({ value: await getDns(client, tailnet, signal) })),
    settings: slowPart("settings", pace, async (signal) => ({ value: await getSettings(client, tailnet, signal) })),
    contacts: slowPart("contacts", pace, async (signal) => ({ value: await getContacts(client, tailnet, signal) })),
    logStreams: slowPart("log_streaming", pace, async (signal) => ({
      value: await logStreams(client, tailnet, signal),
    })),
  };
}

/** Every part that Headscale tells: its own v1, and v2 for what only that knows. */
export function headscaleParts(client: ApiClient, pace: Pace) {
  const v2: ApiClient = {
    get: (endpoint, path, signal) => client.get(`/api/v2${endpoint}`, `/api/v2${path}`, signal),
  };
  return {
    nodes: new Part({
      ...partOptions("headscale_nodes", pace.refreshSeconds, pace),
      isRequired: true,
      ask: guarded(pace, async (signal) => toAnswer(present(await listNodes(client, signal), "the list of nodes"))),
    }),
    devices: devicesPart("headscale_v2_devices", pace, false, async (signal) =>
      mapped(present(await listDevices(v2, "-", signal), DEVICES), fromApi),
    ),
    users: slowPart("headscale_users", pace, async (signal) =>
      toAnswer(present(await listHeadscaleUsers(client, signal), USERS)),
    ),
    apiKeys: slowPart("headscale_apikeys", pace, async (signal) =>
      toAnswer(await listHeadscaleApiKeys(client, signal)),
    ),
    preAuthKeys: slowPart("headscale_preauthkeys", pace, async (signal) =>
      toAnswer(await listPreAuthKeys(client, signal)),
    ),
    health: slowPart("headscale_health", pace, async (signal) => ({ value: await getHealth(client, signal) })),
  };
}

function partOptions(name: string, intervalSeconds: number, { timeoutSeconds, onChange }: Pace) {
  return { name, intervalSeconds, deadlineSeconds: timeoutSeconds * REQUESTS_PER_REFRESH, onChange };
}

function slowPart<Value>(name: string, pace: Pace, ask: (signal: AbortSignal) => Promise<Answer<Value>>): Part<Value> {
  return new Part({ ...partOptions(name, pace.slowSeconds, pace), ask });
}

function devicesPart(
  name: string,
  pace: Pace,
  isRequired: boolean,
  ask: (signal: AbortSignal) => Promise<Answer<readonly FleetDevice[]>>,
): Part<readonly FleetDevice[]> {
  return new Part({ ...partOptions(name, pace.refreshSeconds, pace), isRequired, ask: guarded(pace, ask) });
}

/** An empty list of devices is believed when it is still empty as much later as a regular refresh. */
function guarded<Entry>(
  { refreshSeconds }: Pace,
  ask: (signal: AbortSignal) => Promise<Answer<readonly Entry[]>>,
): (signal: AbortSignal) => Promise<Answer<readonly Entry[]>> {
  const guard = new EmptyGuard(refreshSeconds);
  return async (signal) => {
    const answer = await ask(signal);
    guard.admit(answer.value.length, monotonicSeconds());
    return answer;
  };
}

/** A list with more devices than this is worth the time that giving back its memory takes. */
export const LARGE_DEVICES = 1000;

async function mapped<Entry, Value>(
  { entries, rejected }: Entries<Entry>,
  map: (entry: Entry) => Value,
): Promise<Answer<readonly Value[]>> {
  const value: Value[] = [];
  const turn = new Turn();
  for (const entry of entries) {
    if (turn.isOver) await turn.pass();
    value.push(map(entry));
  }
  // What they were made of, before text is made of them.
  releaseMemorySoon(value.length > LARGE_DEVICES);
  return { value, rejected };
}

function toAnswer<Entry>({ entries, rejected }: Entries<Entry>): Answer<readonly Entry[]> {
  return { value: entries, rejected };
}

/** State of each stream; a log that is not streamed is none. Rejects when none can be seen. */
async function logStreams(
  client: ApiClient,
  tailnet: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<LogType, ApiLogStream>> {
  const streams = new Map<LogType, ApiLogStream>();
  for (const type of LOG_TYPES) {
    try {
      streams.set(type, await getLogStream(client, tailnet, type, signal));
    } catch (error) {
      if (!(error instanceof ControlError) || error.failure !== "not_found") throw error;
    }
  }
  return streams;
}
