import { type DescribedField, describedFields } from "./described.ts";
import { type SettingsSchema, variableOf } from "./schema.ts";

/** Markdown table of a mode's settings, for its documentation. */
export function settingsTable(schema: SettingsSchema, mode: string): string {
  const rows = describedFields(schema).map((field) => [
    code(`--${field.key}`),
    code(variableOf(mode, field.key)),
    code(defaultText(field)),
    field.description,
  ]);
  const table = [["flag", "variable", "default", "description"], ["---", "---", "---", "---"], ...rows];
  return table.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`).join("");
}

function defaultText({ secret, initial: value }: DescribedField): string {
  if (value === undefined || secret) return "";
  return Array.isArray(value) ? value.join(",") : String(value);
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}
