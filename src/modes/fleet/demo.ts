import type { ApiClient } from "../../control/client.ts";
import { ControlError } from "../../control/errors.ts";
import { randomOf } from "../../fleet/demo/random.ts";
import { demoAnswers } from "../../fleet/demo/tailnet.ts";
import { LiveSeriesReader } from "../../fleet/live-series.ts";
import type { LiveBook } from "./tailnet.ts";

const TEXT = `tailscaled_inbound_bytes_total{path="derp"} 0
tailscaled_inbound_bytes_total{path="direct_ipv4"} 0
tailscaled_inbound_bytes_total{path="direct_ipv6"} 0
tailscaled_outbound_bytes_total{path="derp"} 0
tailscaled_outbound_bytes_total{path="direct_ipv4"} 0
tailscaled_outbound_bytes_total{path="direct_ipv6"} 0
tailscaled_inbound_packets_total{path="direct_ipv4"} 0
tailscaled_outbound_packets_total{path="direct_ipv4"} 0
tailscaled_outbound_dropped_packets_total{reason="error"} 0
tailscaled_health_messages{type="warning"} 0
`;

/** Metrics of devices that are made up. Counters grow with the clock, each at a pace of its own. */
export function demoBook(): LiveBook {
  const { series } = new LiveSeriesReader().read(TEXT);
  return {
    answeredBefore: () => true,
    answerOf(id) {
      const random = randomOf([...id].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7) % 1e9);
      if (random() < 0.1) return undefined; // has neither agent nor web client
      const nowSeconds = Date.now() / 1000;
      const outcome = random() < 0.02 ? "timeout" : "ok";
      const values = series.map(({ metric }) => {
        return metric.type === "counter"
          ? Math.floor((nowSeconds % 1e7) * random() ** 4 * 1e4)
          : Math.floor(random() * 1.1);
      });
      return { outcome, wasOnline: true, source: "agent", lastSuccessSeconds: nowSeconds, series, values };
    },
  };
}

/** An API that makes its answers up, and asks nobody. */
export function demoClient(devices: number): ApiClient {
  return {
    async get(endpoint, path) {
      const name = path.replace(/^\/tailnet\/-/, "").replace(/\?.*$/, "");
      const answers = demoAnswers(devices, Date.now());
      if (!Object.hasOwn(answers, name)) throw new ControlError("not_found", endpoint, "the demo has no such thing");
      return answers[name];
    },
  };
}
