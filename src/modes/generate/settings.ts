import { z } from "zod";
import { ConfigFields, FilePath } from "../../config/fields.ts";
import { DISCOVER_PORT } from "../shared/ports.ts";

/** What can be made. */
export const KINDS = ["prometheus"] as const;

/** Settings of `tsmon generate`. */
export const GenerateSettings = z.strictObject({
  what: z.array(z.enum(KINDS)).min(1, "is empty: expected prometheus").prefault([]).meta({
    description: "What to make: prometheus (a scrape configuration)",
    placeholder: "WHAT",
  }),
  discover: z
    .string()
    .regex(/^(?:[\w.-]+|\[[\da-fA-F:]+\]):\d{1,5}$/, "is not an address: expected HOST:PORT")
    .default(`127.0.0.1:${DISCOVER_PORT}`)
    .meta({ description: "Where Prometheus reaches tsmon discover", placeholder: "HOST:PORT" }),
  snippet: z.boolean().default(false).meta({
    description: "Only the entries to paste under scrape_configs of a file that there is",
  }),
  out: FilePath.optional().meta({ description: "Folder to write to, instead of stdout", placeholder: "DIR" }),
  ...ConfigFields,
});
export type GenerateSettings = Readonly<z.output<typeof GenerateSettings>>;
