import { defaultOf, type Field, fieldOf, keysOf, type SettingsSchema, variableOf } from "./schema.ts";

/** Markdown table of a mode's settings, for its documentation. */
export function settingsTable(schema: SettingsSchema, mode: string): string {
  const rows = keysOf(schema).map((key) => {
    const field = fieldOf(schema, key);
    return [
      code(`--${key}`),
      code(variableOf(mode, key)),
      code(defaultText(field, schema)),
      field.json.description ?? "",
    ];
  });
  const table = [["flag", "variable", "default", "description"], ["---", "---", "---", "---"], ...rows];
  return table.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`).join("");
}

function defaultText(field: Field, schema: SettingsSchema): string {
  const value = defaultOf(schema, field);
  if (value === undefined || field.secret) return "";
  return Array.isArray(value) ? value.join(",") : String(value);
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}
