import { type DescribedField, describedFields } from "./described.ts";
import type { SettingsSchema } from "./schema.ts";

/** What a flag takes after it. */
export type FlagValue =
  | { readonly kind: "none" | "file" | "folder" | "text" }
  | { readonly kind: "one of"; readonly words: readonly string[] };

/** A flag as shells and manuals need to know it. */
export interface FlagDescription {
  /** With its dashes. */
  readonly name: string;
  readonly description: string;
  readonly value: FlagValue;
  /** Word that stands for the value in help. Empty for a flag without one. */
  readonly placeholder: string;
  readonly repeatable: boolean;
  /** As a user would write it; undefined for none, and for secrets. */
  readonly default: string | undefined;
  /** Key of the setting. */
  readonly key: string;
}

/** The flags of all settings, in the schema's order. A switch that is on by default is described by its `--no-` form. */
export function flagsOf(schema: SettingsSchema): FlagDescription[] {
  return describedFields(schema).map((field) => {
    const { key } = field;
    const isOn = field.kind === "boolean" && field.initial === true;
    return {
      key,
      name: `--${isOn ? "no-" : ""}${key}`,
      description: `${isOn ? "Do not: " : ""}${field.description}`,
      value: valueKindOf(field),
      placeholder: field.kind === "boolean" ? "" : placeholderOf(field),
      repeatable: field.kind === "list",
      default: defaultText(field),
    };
  });
}

/** Word that stands for a setting's value in help. */
export function placeholderOf({ json }: DescribedField): string {
  if (typeof json.placeholder === "string") return json.placeholder;
  const item = itemOf(json);
  if (Array.isArray(item.enum)) return item.enum.join("|");
  return item.type === "integer" || item.type === "number" ? "NUMBER" : "VALUE";
}

function itemOf(json: DescribedField["json"]): DescribedField["json"] {
  return typeof json.items === "object" && !Array.isArray(json.items) ? json.items : json;
}

function valueKindOf(field: DescribedField): FlagValue {
  const { enum: words } = itemOf(field.json);
  if (field.kind === "boolean") return { kind: "none" };
  if (Array.isArray(words)) return { kind: "one of", words: words.map(String) };
  const placeholder = placeholderOf(field);
  return { kind: placeholder === "FILE" ? "file" : placeholder === "DIR" ? "folder" : "text" };
}

function defaultText({ kind, secret, initial: value }: DescribedField): string | undefined {
  if (kind === "boolean" || secret || value === undefined || value === "") return undefined;
  return Array.isArray(value) ? value.join(",") || undefined : String(value);
}
