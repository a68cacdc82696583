import type { Device } from "../../../src/discovery/device.ts";

/** A device for tests, by its number: `n1`, 100.64.0.1, … */
export function deviceOf(index: number, more: Partial<Device> = {}): Device {
  return {
    id: `n${index}`,
    name: `host-${index}`,
    dnsName: `host-${index}.lab.ts.net`,
    hostname: `Host ${index}`,
    os: "linux",
    user: "amelie@example.com",
    tags: [],
    ipv4: `100.64.${index >> 8}.${index & 255}`,
    ipv6: `fd7a:115c:a1e0::${index.toString(16)}`,
    online: true,
    authorized: true,
    tailnet: "lab.ts.net",
    api: "localhost",
    ...more,
  };
}
