import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseJson } from "../../../src/localapi/decode.ts";
import { toStatus } from "../../../src/localapi/schema.ts";
import { StatusDecoder } from "../../../src/localapi/status-decoder.ts";
import { peerOf, statusOf } from "../../integration/fake-tailscaled.ts";

const bufferOf = (text: string) => Buffer.from(text);

function indented(value: unknown, indent: string | undefined = "\t"): string {
  return `${JSON.stringify(value, null, indent)}\n`;
}

function captured(name: string): string {
  return readFileSync(new URL(`../../fixtures/localapi/1.102.3/${name}.json`, import.meta.url), "utf8");
}

const HOSTILE = { ...peerOf(1), HostName: 'Tür\n\t}\n\t\t},\n\t"Peer": {\n€', Location: { City: "Bern" } };

describe("StatusDecoder", () => {
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
    test(`reads ${name} as plain JSON would be read`, () => {
      assert.deepEqual(new StatusDecoder().decode(bufferOf(text)), toStatus(parseJson(text)));
    });
  }

  test("reads each of several answers on its own, whatever they share with the one before", () => {
    const { Peer, ...rest } = statusOf(4);
    const [a, b, c, d] = Object.entries(Peer as Record<string, object>);
    const busy = [b![0], { ...b![1], TxBytes: 4711 }] as const;
    const decoder = new StatusDecoder();
    for (const members of [[a, b, c], [a, b, c], [b, c, d], [busy, d], [], [d], [d, a, busy]]) {
      const text = indented({ ...rest, Peer: Object.fromEntries(members as (typeof a & {})[]) });
      assert.deepEqual(decoder.decode(bufferOf(text)), toStatus(parseJson(text)));
    }
  });

  test("does not read a peer again whose bytes are the same", () => {
    const decoder = new StatusDecoder();
    const [first, second] = [1, 2].map(() => decoder.decode(bufferOf(indented(statusOf(2)))).Peer!);
    first!.forEach((peer, i) => {
      assert.equal(peer, second![i]);
    });
  });

  test("is not misled by an answer that it could not read", () => {
    const decoder = new StatusDecoder();
    const text = indented(statusOf(3));
    decoder.decode(bufferOf(text));
    assert.throws(() => decoder.decode(bufferOf(text.replace('"TxBytes": ', '"TxBytes": "'))), SyntaxError);
    assert.deepEqual(decoder.decode(bufferOf(text)), toStatus(parseJson(text)));
  });

  test("leaves out a peer without an id each time", () => {
    const decoder = new StatusDecoder();
    const text = indented({ ...statusOf(0), Peer: { a: peerOf(1), b: { ...peerOf(2), ID: "" } } });
    for (let i = 0; i < 2; i++)
      assert.deepEqual(
        decoder.decode(bufferOf(text)).Peer?.map(({ ID }) => ID),
        [peerOf(1).ID],
      );
  });

  test("names the peer and the field of a wrong type", () => {
    const text = indented({ ...statusOf(0), Peer: { a: peerOf(1), b: { ...peerOf(2), TxBytes: "1" } } });
    const message = "Peer.b.TxBytes: expected number, found string";
    assert.throws(() => new StatusDecoder().decode(bufferOf(text)), { message });
  });

  for (const cut of [0, 1, 100, 2000, 4000]) {
    test(`rejects an answer that ends after ${cut} bytes`, () => {
      assert.throws(() => new StatusDecoder().decode(bufferOf(indented(statusOf(3)).slice(0, cut))), SyntaxError);
    });
  }
});
