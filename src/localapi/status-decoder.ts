import { Buffer } from "node:buffer";
import { parseJson } from "./decode.ts";
import { type PeerStatus, toPeers } from "./peer-status.ts";
import { type Status, toStatus } from "./schema.ts";

/** How tailscaled writes the start of an answer, the start of the peers, the start of each, and the end of them all. */
const START = "{\n\t";
const PEERS_START = '\n\t"Peer": {\n';
const PEER_START = Buffer.from('\n\t\t"');
const PEERS_END = "\n\t}";
const COMMA = ",".charCodeAt(0);
/** Enough of a member to hold its key: tabs, quotes, `nodekey:` and 64 hexadecimal digits. */
const KEY_BYTES = 80;

/** A member of the peers: where it stands in its answer, and what was read from it. */
interface Member {
  readonly start: number;
  readonly end: number;
  /** One, or none when it is a peer to leave out. */
  readonly peers: readonly PeerStatus[];
}

/**
 * Reads the answers of `status`. A peer whose bytes are those of the answer before is not read again: of thousands of
 * peers few have traffic, and to compare costs a twentieth of what JSON costs, in time and in garbage.
 *
 * It cuts at line breaks with tabs, which within a JSON string are escaped. An answer that is laid out in another way is
 * read in one piece.
 */
export class StatusDecoder {
  #body: Buffer = Buffer.alloc(0);
  #members: readonly Member[] = [];

  /**
   * The status in a body.
   *
   * @throws {z.core.$ZodError | SyntaxError} If it cannot be read; the next one is then compared with the one before it.
   */
  decode(body: Buffer): Status {
    const start = body.indexOf(PEERS_START) + PEERS_START.length - 1;
    const end = start < PEERS_START.length ? -1 : body.indexOf(PEERS_END, start);
    if (end < 0 || body.toString("latin1", 0, START.length) !== START) return toStatus(parseJson(String(body)));
    const rest = parseJson(body.toString("utf8", 0, start) + body.toString("utf8", end));
    const members = this.#readMembers(body, start, end);
    const status = toStatus(
      rest,
      members.flatMap(({ peers }) => peers),
    );
    this.#body = body;
    this.#members = members;
    return status;
  }

  /** The members between two offsets. Answers have them in the order of their keys, so one pass finds what two of them share. */
  #readMembers(body: Buffer, start: number, end: number): Member[] {
    const members: Member[] = [];
    let known = 0;
    for (let from = start; from < end; from = members.at(-1)!.end + 1) {
      while (known < this.#members.length && this.#keyOrder(known, body, from) < 0) known++;
      const member = this.#sameMember(known, body, from, end) ?? readMember(body, from, end);
      members.push(member);
    }
    return members;
  }

  /** Order of a known member's key and the key at an offset: negative when the known one comes first. */
  #keyOrder(known: number, body: Buffer, from: number): number {
    const { start } = this.#members[known]!;
    return this.#order(start, start + KEY_BYTES, body.subarray(from, from + KEY_BYTES));
  }

  /** The member at an offset, if a known one has the same bytes. */
  #sameMember(known: number, body: Buffer, from: number, end: number): Member | undefined {
    const member = this.#members[known];
    if (member === undefined) return undefined;
    const to = from + member.end - member.start;
    if (to > end || (to < end && body[to] !== COMMA)) return undefined;
    if (this.#order(member.start, member.end, body.subarray(from, to)) !== 0) return undefined;
    return { start: from, end: to, peers: member.peers };
  }

  /** By views: Deno takes offsets for `compare()` only up to the length of the other buffer. */
  #order(start: number, end: number, bytes: Buffer): number {
    return Buffer.compare(this.#body.subarray(start, end), bytes);
  }
}

function readMember(body: Buffer, start: number, end: number): Member {
  const following = body.indexOf(PEER_START, start + 1);
  const next = following < 0 || following > end ? end : following;
  const to = body[next - 1] === COMMA ? next - 1 : next;
  return { start, end: to, peers: toPeers(parseJson(`{${body.toString("utf8", start, to)}}`)) };
}
