import { type FleetDevice, isOnline, mergeFacts, unique } from "../../fleet/device.ts";
import { fromHeadscale } from "../../fleet/from-headscale.ts";
import type { LiveAnswer } from "../../fleet/live.ts";
import type { DeviceView, Facts, TailnetSnapshot } from "../../fleet/snapshot.ts";
import { stateOf } from "../../fleet/state.ts";
import type { LocalFacts } from "./local.ts";
import type { Part } from "./part.ts";
import type { apiParts, headscaleParts } from "./sources.ts";

/** What a tailnet is learned from. */
export interface TailnetOptions {
  /** Its label, where the settings name it. */
  readonly name: string | undefined;
  readonly api?: ReturnType<typeof apiParts> | undefined;
  readonly headscale?: ReturnType<typeof headscaleParts> | undefined;
  readonly local?: Part<LocalFacts> | undefined;
  /** Whether tailscaled's own list stands in until an API has given one. */
  readonly isLocal: boolean;
  readonly isDemo: boolean;
}

/** How asking devices went. */
export interface LiveBook {
  answerOf(id: string): LiveAnswer | undefined;
  answeredBefore(id: string): boolean;
}

/** A list of devices and where it is from. */
interface Listed {
  readonly devices: readonly FleetDevice[];
  readonly askedSeconds: number;
}

/** Label of a tailnet of which nobody has told the name. */
const NAMELESS = "-";

/** One tailnet: its parts, and what they say together. */
export class Tailnet {
  readonly #options: TailnetOptions;
  #label: string | undefined;

  constructor(options: TailnetOptions) {
    this.#options = options;
  }

  /** Parts of its own, and tailscaled's. */
  get parts(): Part<unknown>[] {
    const { api, headscale, local } = this.#options;
    return [
      ...(local ? [local] : []),
      ...Object.values(api ?? {}),
      ...Object.values(headscale ?? {}),
    ] as Part<unknown>[];
  }

  /** What is known now. */
  snapshot(book: LiveBook, nowSeconds: number): TailnetSnapshot {
    const listed = this.#listed();
    const { devices, duplicates } = unique(listed?.devices ?? []);
    const views = devices.map((device) => viewOf(device, listed!.askedSeconds, book, nowSeconds));
    return {
      ...this.#facts(),
      tailnet: this.#labelOf(devices),
      devices: listed && views,
      duplicates,
      isUp: this.#primary()?.state.isWell,
      parts: this.parts.map(({ state }) => state),
      isDemo: this.#options.isDemo,
    };
  }

  /** The part that says which devices there are. */
  #primary(): Part<unknown> | undefined {
    const { api, headscale, local } = this.#options;
    return api?.devices ?? headscale?.nodes ?? local;
  }

  #listed(): Listed | undefined {
    const { api, headscale, local, isLocal } = this.#options;
    const known = local?.value?.byId;
    const enriched = (devices: readonly FleetDevice[], more: ReadonlyMap<string, FleetDevice> | undefined) =>
      devices.map((device) => {
        const other = more?.get(device.id);
        return other ? mergeFacts(device, other) : device;
      });
    if (api?.devices.value) return { devices: enriched(api.devices.value, known), askedSeconds: timeOf(api.devices) };
    if (headscale?.nodes.value) {
      // v1 knows whether a node is online, v2 its system and version, under the same ids.
      const v2 = new Map((headscale.devices.value ?? []).map((device) => [device.legacyId ?? device.id, device]));
      const nodes = enriched(headscale.nodes.value.map(fromHeadscale), v2);
      return { devices: enriched(nodes, known), askedSeconds: timeOf(headscale.nodes) };
    }
    if (isLocal && local?.value) return { devices: local.value.devices, askedSeconds: timeOf(local) };
    return undefined;
  }

  #facts(): Facts {
    const { api, headscale } = this.#options;
    return {
      users: api?.users.value,
      keys: api?.keys.value,
      dns: api?.dns.value,
      settings: api?.settings.value,
      contacts: api?.contacts.value,
      services: api?.services.value,
      webhooks: api?.webhooks.value,
      posture: api?.posture.value,
      userInvites: api?.userInvites.value,
      logStreams: api?.logStreams.value,
      headscale: headscale && {
        nodes: headscale.nodes.value,
        users: headscale.users.value,
        apiKeys: headscale.apiKeys.value,
        preAuthKeys: headscale.preAuthKeys.value,
        databaseConnectivity: headscale.health.value,
      },
    };
  }

  /** The label, which once it is known stays: the series hang on it. */
  #labelOf(devices: readonly FleetDevice[]): string {
    const { name } = this.#options;
    if (name !== undefined) return name;
    this.#label ??= this.#toldName(devices);
    return this.#label ?? NAMELESS;
  }

  /** A name that is the same whichever source answers first: an API tells the devices' domain, and tailscaled that too. */
  #toldName(devices: readonly FleetDevice[]): string | undefined {
    const { api, headscale, local } = this.#options;
    const isThisOne = devices.some(({ id }) => local?.value?.byId.has(id));
    const facts = isThisOne ? local?.value : undefined;
    const domain = domainOf(devices) ?? domainOf(facts?.devices ?? []);
    return api || headscale ? domain : (facts?.tailnet ?? domain);
  }
}

function viewOf(device: FleetDevice, askedSeconds: number, book: LiveBook, nowSeconds: number): DeviceView {
  const online = isOnline(device, askedSeconds);
  const live = book.answerOf(device.id);
  // What was heard while it was connected says nothing of now.
  const outcome = live?.wasOnline === online ? live.outcome : undefined;
  const answeredBefore = book.answeredBefore(device.id);
  return { device, online, state: stateOf({ device, online, outcome, answeredBefore, nowSeconds }), live };
}

function timeOf({ state }: Part<unknown>): number {
  return state.lastSuccessSeconds ?? 0;
}

/** Domain of the devices' names. */
function domainOf(devices: readonly FleetDevice[]): string | undefined {
  const own = devices.find(({ dnsName, external }) => !external && dnsName?.includes("."));
  return own?.dnsName?.slice(own.dnsName.indexOf(".") + 1).replace(/\.$/, "");
}
