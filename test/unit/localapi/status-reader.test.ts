import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseJson } from "../../../src/localapi/decode.ts";
import { type Status, toStatus } from "../../../src/localapi/schema.ts";
import { StatusReader } from "../../../src/localapi/status-reader.ts";
import { peerOf, statusOf } from "../../integration/fake-tailscaled.ts";

/** The status that is read from pieces of `size` bytes. */
function readInPieces(text: string, size: number): Status {
  const bytes = new TextEncoder().encode(text);
  const reader = new StatusReader(1);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.end();
}

function indented(value: unknown, indent: string | undefined = "\t"): string {
  return `${JSON.stringify(value, null, indent)}\n`;
}

function captured(name: string): string {
  return readFileSync(new URL(`../../fixtures/localapi/1.102.3/${name}.json`, import.meta.url), "utf8");
}

const HOSTILE = { ...peerOf(1), HostName: 'Tür\n\t}\n\t\t},\n\t"Peer": {\n€', Location: { City: "Bern" } };

describe("StatusReader", () => {
  for (const [name, text] of [
    ["a captured answer", captured("status")],
    ["a captured answer with synthetic peers", captured("status-synthetic")],
    ["an answer without a network map", captured("status-needs-login")],
    ["an answer without peers", indented(statusOf(0))],
    ["an answer with one peer", indented(statusOf(1))],
    ["names that look like the layout", indented({ ...statusOf(3), Peer: { a: HOSTILE, b: HOSTILE } })],
    ["an answer on one line", JSON.stringify(statusOf(3))],
    ["an answer with spaces", indented(statusOf(3), "  ")],
    ["members in another order", indented({ Peer: statusOf(3).Peer, ...statusOf(0), User: null })],
    [
      "peers at the end",
      indented({ ...statusOf(0), User: null, Peer: undefined, Zed: 1 }).replace(
        '"Zed": 1',
        `"Peer": ${indented(statusOf(2).Peer).replaceAll("\n", "\n\t").trim()}`,
      ),
    ],
  ] as const) {
    test(`reads ${name} in pieces of any size as in one`, () => {
      const whole = toStatus(parseJson(text));
      const { length } = new TextEncoder().encode(text);
      for (const size of [1, 2, 3, 7, 64, 997, 4096, length]) {
        assert.deepEqual(readInPieces(text, size), whole, `in pieces of ${size}`);
      }
    });
  }

  test("rejects a wrong type as soon as the peer that has it has come, and names it", () => {
    const peers = { a: peerOf(1), b: { ...peerOf(2), TxBytes: "1" }, c: peerOf(3) };
    const text = indented({ ...statusOf(0), Peer: peers });
    const bytes = new TextEncoder().encode(text.slice(0, text.indexOf('"c": {') + 9));
    assert.throws(() => new StatusReader(1).push(bytes), { message: "Peer.b.TxBytes: expected number, found string" });
  });

  for (const cut of [1, 100, 2000, 4000]) {
    test(`rejects an answer that ends after ${cut} bytes`, () => {
      assert.throws(() => readInPieces(indented(statusOf(3)).slice(0, cut), 512), SyntaxError);
    });
  }
});
