import assert from "node:assert/strict";
import { test } from "node:test";
import { Listeners } from "../../../src/web/listeners.ts";
import { freePort } from "../../free-port.ts";

const answer = () => new Response("here");

test("Listeners.set() opens what is wanted and closes what is not", async () => {
  const [one, two] = [await freePort(), await freePort()];
  const listeners = new Listeners(answer);
  assert.deepEqual(listeners.set([{ host: "127.0.0.1", port: one }]), []);
  assert.equal(await (await fetch(`http://127.0.0.1:${one}/`)).text(), "here");
  assert.deepEqual(listeners.set([{ host: "127.0.0.1", port: two }]), []);
  assert.deepEqual(listeners.addresses, [`127.0.0.1:${two}`]);
  assert.equal(await (await fetch(`http://127.0.0.1:${two}/`)).text(), "here");
  await listeners.close(1);
  await assert.rejects(fetch(`http://127.0.0.1:${two}/`));
});

test("Listeners.set() tells which address is in use and which flag helps", async () => {
  const port = await freePort();
  const first = new Listeners(answer);
  first.set([{ host: "127.0.0.1", port }]);
  const [refused] = new Listeners(answer).set([{ host: "127.0.0.1", port }]);
  assert.equal(refused?.failure, "in use");
  assert.match(refused?.message ?? "", new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port}: .*--web\\.listen`));
  await first.close(1);
});

test("Listeners.set() doubts a name too, since Bun cannot tell one that no host has from a port in use", async () => {
  const port = await freePort();
  const first = new Listeners(answer);
  first.set([{ host: "localhost", port }]);
  const [refused] = new Listeners(answer).set([{ host: "localhost", port }]);
  assert.match(
    refused?.message ?? "",
    /^Cannot listen on localhost:\d+: the address is in use, or no host has this name/,
  );
  await first.close(1);
});

test("Listeners.set() takes an address that is not ours for an error only when it was asked for by name", () => {
  const listeners = new Listeners(answer);
  assert.deepEqual(listeners.set([{ host: "192.0.2.1", port: 5253, optional: true }]), []);
  assert.equal(listeners.set([{ host: "192.0.2.1", port: 5253 }])[0]?.failure, "not ours");
});

test("Listeners.addresses has the port that port 0 became", async () => {
  const listeners = new Listeners(answer);
  assert.deepEqual(listeners.set([{ host: "127.0.0.1", port: 0 }]), []);
  assert.match(listeners.addresses.join(), /^127\.0\.0\.1:[1-9]\d*$/);
  assert.equal(await (await fetch(`http://${listeners.addresses[0]}/`)).text(), "here");
  await listeners.close(1);
});
