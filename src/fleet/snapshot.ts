import type { HeadscaleApiKey, PreAuthKey } from "../control/headscale/keys.ts";
import type { HeadscaleNode, HeadscaleUser } from "../control/headscale/nodes.ts";
import type { ApiDns } from "../control/tailscale/dns.ts";
import type { ApiKey } from "../control/tailscale/keys.ts";
import type { ApiLogStream, LogType } from "../control/tailscale/log-streaming.ts";
import type { ApiPostureIntegration } from "../control/tailscale/posture.ts";
import type { ApiService } from "../control/tailscale/services.ts";
import type { ApiContact, ApiSettings } from "../control/tailscale/settings.ts";
import type { ApiUser, ApiUserInvite } from "../control/tailscale/users.ts";
import type { ApiWebhook } from "../control/tailscale/webhooks.ts";
import type { FleetDevice } from "./device.ts";
import type { LiveAnswer } from "./live.ts";
import type { DeviceState } from "./state.ts";

/** What the control plane tells besides devices, each absent until it was first told. */
export interface Facts {
  readonly users?: readonly ApiUser[] | undefined;
  readonly keys?: readonly ApiKey[] | undefined;
  readonly dns?: ApiDns | undefined;
  readonly settings?: ApiSettings | undefined;
  readonly contacts?: readonly ApiContact[] | undefined;
  readonly services?: readonly ApiService[] | undefined;
  readonly webhooks?: readonly ApiWebhook[] | undefined;
  readonly posture?: readonly ApiPostureIntegration[] | undefined;
  readonly userInvites?: readonly ApiUserInvite[] | undefined;
  readonly logStreams?: ReadonlyMap<LogType, ApiLogStream> | undefined;
  readonly headscale?: HeadscaleFacts | undefined;
}

/** What Headscale tells under its own names. */
export interface HeadscaleFacts {
  readonly nodes?: readonly HeadscaleNode[] | undefined;
  readonly users?: readonly HeadscaleUser[] | undefined;
  readonly apiKeys?: readonly HeadscaleApiKey[] | undefined;
  readonly preAuthKeys?: readonly PreAuthKey[] | undefined;
  readonly databaseConnectivity?: boolean | undefined;
}

/** A device with what was found out about it. */
export interface DeviceView {
  readonly device: FleetDevice;
  readonly online: boolean;
  readonly state: DeviceState;
  /** How asking it went; absent when it was not asked. */
  readonly live?: LiveAnswer | undefined;
}

/** How a part of the snapshot fares. */
export interface PartState {
  readonly name: string;
  /** Whether the newest attempt succeeded; undefined before the first has ended. */
  readonly isWell: boolean | undefined;
  /** False when the credential lacks the scope, or the control plane the endpoint. */
  readonly isSupported: boolean;
  /** Why the newest attempt failed, in a word and in a sentence. */
  readonly failure?: string | undefined;
  readonly message?: string | undefined;
  readonly lastSuccessSeconds?: number | undefined;
  readonly durationSeconds?: number | undefined;
  /** Entries that could not be read. */
  readonly rejected: number;
}

/** One tailnet at one moment. */
export interface TailnetSnapshot extends Facts {
  readonly tailnet: string;
  /** Absent before there was a first list. */
  readonly devices?: readonly DeviceView[] | undefined;
  /** Entries of the list that had the id of another. */
  readonly duplicates: number;
  /** Whether the newest attempt to list the devices succeeded; undefined before the first has ended. */
  readonly isUp: boolean | undefined;
  readonly parts: readonly PartState[];
  /** Whether all of it is made up. */
  readonly isDemo: boolean;
}

/** All tailnets at one moment. Nothing in it changes. */
export interface Snapshot {
  /** Grows with each change. */
  readonly version: number;
  readonly takenSeconds: number;
  readonly tailnets: readonly TailnetSnapshot[];
}
