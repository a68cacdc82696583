import { coerce } from "./coerce.ts";
import { describedField } from "./described.ts";
import type { Given } from "./problem.ts";
import { belongsInFile, keysOf, type SettingsSchema } from "./schema.ts";
import { MASK } from "./secret.ts";

/**
 * All settings as a YAML file with the source of each in a comment. As a file, it gives the same settings again.
 *
 * Secrets, and settings without a value, stand in a comment of their own.
 */
export async function printSettings(schema: SettingsSchema, given: ReadonlyMap<string, Given>): Promise<string> {
  const { Document, isCollection, isNode } = await import("yaml");
  const lines = keysOf(schema)
    .filter(belongsInFile)
    .map((key) => {
      const field = describedField(schema, key);
      const entry = given.get(key);
      const source = entry?.source.label ?? "default";
      const value = entry === undefined ? field.initial : coerce(entry.value, field.input);
      if (value === undefined) return `# ${key}: not set\n`;
      if (field.secret) return `# ${key}: ${MASK} # ${source}\n`;
      const document = new Document({ [key]: value });
      const node = document.get(key, true);
      if (isCollection(node)) node.flow = true;
      if (isNode(node)) node.comment = ` ${source}`;
      return document.toString({ lineWidth: 0 });
    });
  return lines.join("");
}
