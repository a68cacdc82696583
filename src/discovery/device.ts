/** A node of the tailnet as a source describes it. What the source does not know is absent. */
export interface Device {
  /** Stable node id. */
  readonly id: string;
  /** What people call it: the first label of its MagicDNS name, or the full name when it is shared in. Not unique. */
  readonly name: string;
  /** Full name, without a final dot: that of MagicDNS, or one without a domain where control knows of none. */
  readonly dnsName?: string | undefined;
  /** What the node calls itself: free text. */
  readonly hostname: string;
  readonly os?: string | undefined;
  /** Login name of its owner; absent for a node with tags. */
  readonly user?: string | undefined;
  readonly tags: readonly string[];
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
  /** Connected to the control plane, by its word. */
  readonly online?: boolean | undefined;
  readonly authorized?: boolean | undefined;
  readonly clientVersion?: string | undefined;
  readonly tailnet?: string | undefined;
  /** Host of the API that told it; `localhost` for tailscaled. */
  readonly api: string;
}

/** Sources of devices, the first of which wins where several know a node. */
export const SOURCE_NAMES = ["local", "api", "headscale"] as const;
export type SourceName = (typeof SOURCE_NAMES)[number];

/** One node of several sources: each fact from the first that knows it. */
export function mergeDevices(lists: readonly (readonly Device[])[]): Device[] {
  const merged = new Map<string, Device>();
  for (const device of lists.flat()) {
    const known = merged.get(device.id);
    merged.set(device.id, known === undefined ? device : { ...device, ...defined(known) });
  }
  return [...merged.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function defined(device: Device): Device {
  return Object.fromEntries(Object.entries(device).filter(([, value]) => value !== undefined)) as unknown as Device;
}

/** Systems of phones and televisions, on which no agent runs. As tailscaled and the API spell them. */
const PHONES: ReadonlySet<string> = new Set(["ios", "android", "tvos"]);

/** Whether the node is a phone or a television. */
export function isPhone({ os }: Pick<Device, "os">): boolean {
  return os !== undefined && PHONES.has(os.toLowerCase());
}
