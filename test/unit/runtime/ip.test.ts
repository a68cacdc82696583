import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import { isIp, isIpv4, isIpv6 } from "../../../src/runtime/ip.ts";

for (const [text, version] of [
  ["127.0.0.1", 4],
  ["255.255.255.255", 4],
  ["256.0.0.1", 0],
  ["1.2.3", 0],
  ["1.2.3.4.", 0],
  ["01.2.3.4", 0],
  ["1.2.3.4\n", 0],
  ["::", 6],
  ["::1", 6],
  ["fd7a:115c:a1e0::1", 6],
  ["FD7A:115C:A1E0:0:0:0:0:1", 6],
  ["::ffff:100.64.0.1", 6],
  ["fe80::1%eth0", 6],
  ["fe80::1%", 0],
  ["1:2:3:4:5:6:7", 0],
  ["1:2:3:4:5:6:7:8:9", 0],
  ["1::2::3", 0],
  ["12345::", 0],
  ["[::1]", 0],
  ["::1]:80/x", 0],
  ["host", 0],
  ["", 0],
] as const) {
  test(`isIp(${JSON.stringify(text)}) agrees with node:net: ${version}`, () => {
    assert.equal(isIP(text), version);
    assert.deepEqual([isIp(text), isIpv4(text), isIpv6(text)], [version !== 0, version === 4, version === 6]);
  });
}
