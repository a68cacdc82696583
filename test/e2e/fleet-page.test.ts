import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeControl } from "../integration/fleet/fake-control.ts";
import { one, TestFleet } from "../integration/fleet/test-fleet.ts";
import { eventually } from "../lab/eventually.ts";
import { Browser, chromiumName } from "./chromium.ts";

const TIMEOUT = { timeout: 120_000 };
const skip = chromiumName() === undefined ? "there is no Chromium on this machine" : false;

interface Body {
  devices: { name: string; hostname: string; connectedToControl: boolean; isExternal: boolean }[];
}

describe("fleet's page in Chromium", { skip }, () => {
  test("shows, searches, sorts and stays fresh, and runs nothing that a device's name says", TIMEOUT, async () => {
    await using control = await FakeControl.start(700);
    const body = control.answers["/devices"] as Body;
    const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    Object.assign(body.devices[0]!, { name: hostile, hostname: hostile, connectedToControl: true });
    await using fleet = await TestFleet.start([
      "--socket",
      "/nonexistent",
      "--api.key",
      "tskey-api-good",
      "--api.url",
      control.url,
      "--demo",
      "0",
    ]);
    await fleet.sees("devices", (series) => one(series, "tailscale_up") === 1);
    await using browser = await Browser.open(`${fleet.url}/`);
    const rows = () => browser.evaluate<number>("document.querySelectorAll('tbody tr').length");
    const names = () =>
      browser.evaluate<string[]>("[...document.querySelectorAll('tbody tr strong')].map((cell) => cell.textContent)");
    await eventually("the first rows", async () => (await rows()) === 500);
    assert.equal(await browser.evaluate("document.title"), "tsmon fleet");
    assert.equal(await browser.evaluate("document.querySelectorAll('tbody img, tbody script').length"), 0);

    await browser.evaluate("document.getElementById('more').click()");
    assert.equal(await rows(), 700);
    assert.ok((await names()).includes(hostile));

    const search = (text: string) =>
      browser.evaluate(
        `(() => { const box = document.getElementById('search'); box.value = ${JSON.stringify(text)}; box.dispatchEvent(new Event('input')); })()`,
      );
    await search("onerror");
    assert.deepEqual(await names(), [hostile]);
    await search("macos offline");
    const found = await names();
    assert.ok(found.length > 0 && found.length < 120, `${found.length}`);
    assert.deepEqual(
      found,
      found.toSorted((a, b) => a.localeCompare(b, undefined, { numeric: true })),
    );
    await browser.evaluate(
      "[...document.querySelectorAll('th button')].find((button) => button.textContent === 'Name').click()",
    );
    assert.deepEqual(await names(), found.toReversed());

    for (const device of body.devices) device.connectedToControl = true;
    await eventually("the news, without a reload", async () => (await rows()) === 0, 30);
    assert.deepEqual(
      await browser.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin).filter((origin) => origin !== location.origin)",
      ),
      [],
    );
    await browser.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "dark" }] });
    const dark = await browser.evaluate<string>("getComputedStyle(document.documentElement).getPropertyValue('--ok')");
    await browser.call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: "light" }] });
    assert.notEqual(
      await browser.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ok')"),
      dark,
    );
  });
});
