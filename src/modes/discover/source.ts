import type { Device, SourceName } from "../../discovery/device.ts";

/** A whole list of devices. */
export interface SourceList {
  readonly devices: readonly Device[];
  /** This node, where the source knows which that is. */
  readonly selfId?: string | undefined;
  /** Devices of before that the source says to be deleted. */
  readonly gone?: ReadonlySet<string>;
}

/** Something that lists the tailnet's devices. */
export interface DeviceSource {
  readonly name: SourceName;
  /** Whose devices it lists, as far as the settings tell: what was kept of another tailnet is worth nothing. */
  readonly identity: string;
  /** Time between two questions, in seconds. */
  readonly intervalSeconds: number;
  /**
   * All devices now. Rejects when they are not known; never resolves with part of them.
   *
   * @param before Those of the list before, which are worth a question each when they are missing.
   */
  list(before: readonly Device[], signal: AbortSignal): Promise<SourceList>;
}
