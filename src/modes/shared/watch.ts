import type { TailnetSource } from "../../exporter/collectors/tailnet/source.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { pause } from "./pause.ts";

/** Wait before the bus is opened again: the first in seconds, doubled up to the last. */
const BACKOFF_SECONDS = { first: 1, last: 30 };

/** How often the state is looked at though the bus says nothing, in seconds. A bus may be silent for hours, or lost. */
const POLL_SECONDS = 15;

/** Between two messages, in seconds. A bus that floods is read so slowly that tailscaled drops us, and is asked again. */
const PACE_SECONDS = 0.02;

/** Why a look is worth it: tailscaled said something, or has not for a while. */
export type WatchReason = "hint" | "poll";

/**
 * Follows tailscaled's IPN bus as a hint that something changed, and keeps the health warnings that it tells. The bus is no
 * source of data: it may die, or say nothing, and costs nothing but the hint.
 */
export class TailscaledWatch {
  readonly #api: LocalApi;
  readonly #onChange: (reason: WatchReason) => unknown;
  readonly #mask: number | undefined;
  readonly #ended = new AbortController();
  #warnings: ReturnType<TailnetSource["warnings"]>;

  /** @param mask What the bus is asked to send, else what its client asks for by itself. */
  constructor(api: LocalApi, onChange: (reason: WatchReason) => unknown, mask?: number) {
    this.#api = api;
    this.#onChange = onChange;
    this.#mask = mask;
  }

  /** Standing warnings by code; undefined while the bus is not connected. */
  get warnings(): ReturnType<TailnetSource["warnings"]> {
    return this.#warnings;
  }

  /** Follows until {@linkcode stop}. */
  start(): void {
    void this.#follow();
    void this.#poll();
  }

  stop(): void {
    this.#ended.abort();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ended;
    let waitSeconds = BACKOFF_SECONDS.first;
    while (!signal.aborted) {
      try {
        for await (const notify of this.#api.watchIpnBus({
          signal,
          ...(this.#mask !== undefined && { mask: this.#mask }),
        })) {
          waitSeconds = BACKOFF_SECONDS.first;
          if (notify.isEmpty) continue;
          if (notify.Health !== undefined) this.#warnings = notify.Health?.Warnings ?? {};
          void this.#onChange("hint");
          await pause(PACE_SECONDS, signal);
        }
      } catch {
        // Counted with the other calls; whether tailscaled answers at all is the scrape's to tell.
      }
      this.#warnings = undefined;
      await pause(waitSeconds, signal);
      waitSeconds = Math.min(waitSeconds * 2, BACKOFF_SECONDS.last);
    }
  }

  async #poll(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      await pause(POLL_SECONDS, this.#ended.signal);
      if (!this.#ended.signal.aborted) await this.#onChange("poll");
    }
  }
}
