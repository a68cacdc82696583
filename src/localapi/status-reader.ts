import { Buffer } from "node:buffer";
import { parseJson } from "./decode.ts";
import { addPeers, type PeerStatus } from "./peer-status.ts";
import { type Status, toStatus } from "./schema.ts";

/** How tailscaled writes the start of an answer, the start of the peers, the end of one that is not the last, and the end of them all. */
const START = "{\n\t";
const PEERS_START = '\n\t"Peer": {\n';
const PEER_END = "\n\t\t},\n";
const PEERS_END = "\n\t}";

/** Read at once: a socket gives it in pieces of a few kB, and each costs as much as its parsing. */
const BATCH_BYTES = 512 * 1024;

/**
 * Reads the answer of `status` while it comes, some peers at a time. With thousands of peers the whole text and the
 * whole value side by side take several times the memory of what is kept.
 *
 * It cuts at line breaks with tabs, which within a JSON string are escaped. An answer that is laid out in another way is read
 * in one piece.
 */
export class StatusReader {
  readonly #decoder = new TextDecoder();
  readonly #peers: Record<string, PeerStatus> = {};
  /** The answer without its peers, as far as it has come. */
  #rest = "";
  /** What has come and is not cut yet. */
  #text = "";
  #within: "head" | "peers" | "tail" = "head";
  /** What has come and is not decoded yet. */
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  readonly #batchBytes: number;

  /** @param batchBytes How much is waited for before it is read; a test reads every piece as it comes. */
  constructor(batchBytes = BATCH_BYTES) {
    this.#batchBytes = batchBytes;
  }

  /** @throws {SyntaxError} If a peer cannot be read. */
  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= this.#batchBytes) this.#read();
  }

  #read(): void {
    this.#text += this.#decoder.decode(Buffer.concat(this.#chunks, this.#bytes), { stream: true });
    this.#chunks = [];
    this.#bytes = 0;
    if (this.#within === "head" && this.#text.length >= START.length) this.#findPeers();
    if (this.#within === "peers") this.#takePeers();
  }

  /**
   * The status, after its last chunk.
   *
   * @throws {z.ZodError | SyntaxError} If it cannot be read.
   */
  end(): Status {
    this.#read();
    return toStatus(parseJson(this.#rest + this.#text + this.#decoder.decode()), this.#peers);
  }

  #findPeers(): void {
    // Not tailscaled's layout: not to be searched at every chunk.
    if (!this.#text.startsWith(START)) this.#within = "tail";
    if (this.#within === "tail") return;
    const start = this.#text.indexOf(PEERS_START);
    if (start < 0) return;
    this.#within = "peers";
    this.#rest = `${this.#text.slice(0, start)}\n\t"Peer": {`;
    this.#text = this.#text.slice(start + PEERS_START.length - 1);
  }

  #takePeers(): void {
    const end = this.#text.indexOf(PEERS_END);
    const cut = end >= 0 ? end : this.#text.lastIndexOf(PEER_END);
    if (cut < 0) return;
    const last = end >= 0 ? end : cut + PEER_END.indexOf(",");
    addPeers(this.#peers, parseJson(`{${this.#text.slice(0, last)}}`));
    this.#text = this.#text.slice(end >= 0 ? end : last + 1);
    if (end >= 0) this.#within = "tail";
  }
}
