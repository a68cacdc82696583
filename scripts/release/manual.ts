import { COMMANDS } from "../../src/modes/commands.ts";
import { COMMAND_EXIT_CODES, manPage } from "./man.ts";

/** Manual pages of tsmon itself and of its commands without settings, by name. Those of the modes come from their settings. */
export function toolManPages(version: string): Record<string, string> {
  const page = (name: string, purpose: string, synopsis: string[], description: string[]) =>
    manPage({ name, purpose, synopsis, version }, [
      { title: "Description", text: description },
      { title: "Exit status", terms: COMMAND_EXIT_CODES },
      { title: "See also", text: ["tsmon(1), tsmon-agent(1)"] },
    ]);
  return {
    tsmon: manPage(
      {
        name: "tsmon",
        purpose: "makes a tailnet observable for Prometheus",
        synopsis: ["tsmon COMMAND [flags]"],
        version,
      },
      [
        {
          title: "Description",
          text: ["One program that makes a tailnet observable: metrics, discovery and inventory."],
        },
        {
          title: "Commands",
          terms: Object.entries(COMMANDS).map(([name, { description }]) => [name, `${description}.`]),
        },
        { title: "Exit status", terms: COMMAND_EXIT_CODES },
        {
          title: "Files",
          terms: [
            ["/etc/tsmon/MODE.yaml", "Settings of a mode that runs as a service."],
            ["/etc/tsmon/MODE.env", "Its variables, one NAME=VALUE a line; optional, for secrets."],
            ["/var/lib/tsmon/MODE", "Its state."],
          ],
        },
        {
          title: "See also",
          text: [
            "tsmon-agent(1), tsmon-discover(1), tsmon-fleet(1), tsmon-doctor(1), tsmon-generate-acl(1), tsmon-generate-prometheus(1), tsmon-install(1)",
          ],
        },
      ],
    ),
    "tsmon-install": page(
      "tsmon-install",
      "makes a mode of tsmon a service of systemd",
      ["tsmon install MODE [--dry-run] [flags of the mode]", "tsmon uninstall MODE [--dry-run] [--purge]"],
      [
        "Makes a system user, a hardened unit and /etc/tsmon/MODE.yaml with the given flags, and starts the service, now and at every boot. Run again, it brings the unit up to date and restarts it.",
        "A file that was edited is never replaced: what it would have become is put beside it, with .new at its name's end.",
        "With --dry-run it shows every step and every file, and does nothing.",
        "uninstall stops the service and removes its unit; with --purge its settings and its state too.",
      ],
    ),
  };
}
