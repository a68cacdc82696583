import * as z from "zod/mini";
import { ConfigFields, HostPort } from "../../config/fields.ts";
import { DISCOVER_PORT } from "../shared/ports.ts";
import { OutField } from "./out.ts";

/** Settings of `tsmon generate prometheus`. */
export const PrometheusSettings = z.strictObject({
  discover: z._default(HostPort, `127.0.0.1:${DISCOVER_PORT}`).register(z.globalRegistry, {
    description: "Where Prometheus reaches tsmon discover",
    placeholder: "HOST:PORT",
  }),
  snippet: z._default(z.boolean(), false).register(z.globalRegistry, {
    description: "Only the entries to paste under scrape_configs of a file that there is",
  }),
  ...OutField,
  ...ConfigFields,
});
export type PrometheusSettings = Readonly<z.output<typeof PrometheusSettings>>;
