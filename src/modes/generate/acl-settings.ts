import * as z from "zod/mini";
import { ConfigFields, Port } from "../../config/fields.ts";
import { AGENT_PORT, DISCOVER_PORT, FLEET_PORT } from "../shared/ports.ts";
import { OutField } from "./out.ts";

/** Whom a policy can name: everybody, a tag, a group, a user, a host alias or an address. */
const Selector = z
  .string()
  .check(
    z.regex(
      /^(?!.*:$)(?:\*|[\w.+-]+@[\w.-]*|(?:tag|group|autogroup|ipset):[\w.+@-]+|[\w.:/-]+)$/,
      "is not a tag, group, user, address or *",
    ),
  );

const selectors = (description: string, example: readonly string[]) =>
  z._default(z.array(Selector), [...example]).register(z.globalRegistry, { description, placeholder: "WHO" });

/** Settings of `tsmon generate acl`. */
export const AclSettings = z.strictObject({
  scrapers: selectors("Nodes on which Prometheus, discover and fleet run", ["tag:prometheus"]),
  agents: selectors("Nodes on which agents run", ["*"]),
  people: selectors("Who opens the web pages of discover and fleet: group:ops, user@example.com", []),
  owners: selectors("Who may give nodes these tags: group:ops, user@example.com", ["autogroup:admin"]),
  exporters: z
    ._default(z.array(z.string().check(z.regex(/^[\w.-]+$/, "is not an exporter's name"))), [])
    .register(z.globalRegistry, {
      description: "Exporters that may be read where agents have --web.allow cap; none named means all",
      placeholder: "NAME",
    }),
  "agent.port": z._default(Port, AGENT_PORT).register(z.globalRegistry, {
    description: "Port of the agents",
    placeholder: "PORT",
  }),
  "discover.port": z._default(Port, DISCOVER_PORT).register(z.globalRegistry, {
    description: "Port of discover",
    placeholder: "PORT",
  }),
  "fleet.port": z
    ._default(Port, FLEET_PORT)
    .register(z.globalRegistry, { description: "Port of fleet", placeholder: "PORT" }),
  ...OutField,
  ...ConfigFields,
});
export type AclSettings = Readonly<z.output<typeof AclSettings>>;
