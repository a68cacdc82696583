import assert from "node:assert/strict";
import { test } from "node:test";
import { isOnLoopback, parseTarget } from "../../../src/proxy/target.ts";

for (const [text, name, url] of [
  ["node:9100", "node", "http://127.0.0.1:9100/metrics"],
  ["postgres:9187/metrics", "postgres", "http://127.0.0.1:9187/metrics"],
  ["app:8080/custom/metrics?x=1", "app", "http://127.0.0.1:8080/custom/metrics?x=1"],
  ["app:8080/", "app", "http://127.0.0.1:8080/"],
  ["a.b-c_1:1/a:b=c", "a.b-c_1", "http://127.0.0.1:1/a:b=c"],
  ["9:65535", "9", "http://127.0.0.1:65535/metrics"],
  ["app=https://127.0.0.1:8443/metrics", "app", "https://127.0.0.1:8443/metrics"],
  ["app=http://[::1]:80/m", "app", "http://[::1]/m"],
] as const) {
  test(`parseTarget(${JSON.stringify(text)}) is ${name} at ${url}`, () => {
    const target = parseTarget(text)!;
    assert.deepEqual([target.name, target.url.href, isOnLoopback(target.url)], [name, url, true]);
  });
}

for (const text of [
  "",
  "node",
  "node:",
  ":9100",
  "node:0",
  "node:65536",
  "node:09100",
  "node:99999999",
  "node:-1",
  "node:9100x",
  "node:9100metrics",
  "node:9100?x=1",
  "node:localhost:9100",
  "node:9100/#a",
  "node:9100/a b",
  "node:9100/\n",
  "node:9100/é",
  "-node:9100",
  ".:9100",
  "..:9100",
  "a/b:9100",
  "a b:9100",
  "a%2f:9100",
  "nöde:9100",
  `${"n".repeat(64)}:9100`,
  "node:9100\r\nX: y",
  "app=127.0.0.1:80",
  "app=ftp://127.0.0.1/",
  "app=file:///etc/passwd",
  "app=http://user:secret@127.0.0.1/",
  "app=http://user@127.0.0.1/",
  "app=http:///metrics",
  "app=http://127.0.0.1:0/",
  "app=http://127.0.0.1:99999/",
  "app=http://",
  "app=",
]) {
  test(`parseTarget(${JSON.stringify(text)}) refuses`, () => assert.equal(parseTarget(text), undefined));
}

for (const [text, want] of [
  ["app=http://localhost:80/", true],
  ["app=http://127.9.9.9/", true],
  ["app=http://2130706433/", true], // 127.0.0.1 in another notation
  ["app=http://localhost.evil.example/", false],
  ["app=http://127.0.0.1.evil.example/", false],
  ["app=http://10.0.0.1/", false],
  ["app=http://169.254.169.254/", false],
  ["app=http://[::ffff:10.0.0.1]/", false],
  ["app=http://[::2]/", false],
  ["app=http://0.0.0.0/", false],
] as const) {
  test(`isOnLoopback(${text}) is ${want}`, () => assert.equal(isOnLoopback(parseTarget(text)!.url), want));
}
