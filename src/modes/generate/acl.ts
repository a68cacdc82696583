import { SCRAPE_CAPABILITY } from "../../web/grants.ts";
import type { AclSettings } from "./acl-settings.ts";

/**
 * The part of a tailnet's policy that tsmon needs, as HuJSON with the reason for each entry in a comment.
 *
 * Syntax: https://tailscale.com/kb/1337/policy-syntax and https://tailscale.com/kb/1324/grants.
 */
export function aclOf(settings: AclSettings): string {
  const { scrapers, agents, people } = settings;
  const [agentPort, discoverPort, fleetPort] = [
    settings["agent.port"],
    settings["discover.port"],
    settings["fleet.port"],
  ];
  const tags = [...new Set([...scrapers, ...agents])].filter((name) => name.startsWith("tag:"));
  const scrape = { endpoints: ["metrics"], ...(settings.exporters.length > 0 && { exporters: settings.exporters }) };
  const grants = [
    comment(
      "Prometheus, tsmon discover and tsmon fleet read every agent.",
      `"ip" lets their connections through, which is all that an agent needs by default. "app" is for agents with --web.allow cap.`,
      "Add tcp:5252 where fleet is to ask nodes without an agent, whose tailscaled has its web client on.",
      ...(settings.exporters.length > 0 ? [] : ['Without "exporters" it admits to all of them.']),
    ) + grant(scrapers, agents, [agentPort], scrape),
    comment(
      "Prometheus reads the target list, and discover's and fleet's own metrics, also where those run on another node.",
    ) + grant(scrapers, scrapers, [discoverPort, fleetPort], { endpoints: ["metrics", "sd", "fleet"] }),
  ];
  if (people.length > 0) {
    const text = comment("People open the web pages of discover and fleet.");
    grants.push(text + grant(people, scrapers, [discoverPort, fleetPort], { endpoints: ["sd", "fleet"] }));
  }
  return `// What tsmon needs of the tailnet's policy, by tsmon generate acl. Put its entries beside those that are there
// (https://login.tailscale.com/admin/acls/file, or policy.path of Headscale).
{
  // Who may give a node these tags. A node with a tag belongs to no user, and its key does not expire.
  // Headscale knows users and groups here, and no autogroup: name them with --owners.
  "tagOwners": {
${tags.map((tag) => `    ${JSON.stringify(tag)}: ${list(settings.owners)},\n`).join("")}  },

  "grants": [
${grants.join("\n")}  ],
}
`;
}

function comment(...lines: string[]): string {
  return lines.map((line) => `    // ${line}\n`).join("");
}

function grant(src: readonly string[], dst: readonly string[], ports: readonly number[], parameters: object): string {
  return `    {
      "src": ${list(src)},
      "dst": ${list(dst)},
      "ip": ${list(ports.map((port) => `tcp:${port}`))},
      "app": { ${JSON.stringify(SCRAPE_CAPABILITY)}: [${JSON.stringify(parameters)}] },
    },
`;
}

function list(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
}
