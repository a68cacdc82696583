import { type DescribedField, describedField, describedFields } from "./described.ts";
import { placeholderOf } from "./flags.ts";
import { belongsInFile, keysOf, type SettingsSchema, variableOf } from "./schema.ts";
import { wrap } from "./wrap.ts";

const MAX_COLUMNS = 100;
const MIN_COLUMNS = 40;
/** Widest column of flags. What stands to the right of it stays readable; longer flags have a line of their own. */
const MAX_FLAG_COLUMNS = 38;

/** What the help of a mode says besides its settings. */
export interface HelpText {
  readonly schema: SettingsSchema;
  readonly mode: string;
  /** One or two sentences. */
  readonly description: string;
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  /** Key of the setting that takes the words that are no flags. */
  readonly positional?: string;
  /** What it ends with, where that is not what a service ends with. */
  readonly exitCodes?: readonly (readonly [code: string, meaning: string])[];
}

/** Where the help is shown. */
export interface HelpStyle {
  /** Width of the terminal. Lines end at 100 columns at the latest. */
  readonly columns?: number | undefined;
  readonly colour: boolean;
}

interface Section {
  readonly title: string;
  readonly rows: readonly (readonly [flag: string, text: string])[];
}

const COMMON: Section["rows"] = [
  ["-h, --help", "Show this help"],
  ["--version", "Show the version"],
];

/** The text of `--help`: usage, description, examples, and all settings by the first segment of their key. */
export function helpOf({ schema, mode, description, examples, positional }: HelpText, style: HelpStyle): string {
  const columns = Math.max(MIN_COLUMNS, Math.min(MAX_COLUMNS, style.columns ?? MAX_COLUMNS));
  const bold = (text: string) => (style.colour ? `\u001b[1m${text}\u001b[22m` : text);
  const cyan = (text: string) => (style.colour ? `\u001b[36m${text}\u001b[39m` : text);
  const sections = sectionsOf(schema);
  const flagColumns = Math.min(
    MAX_FLAG_COLUMNS,
    Math.floor(columns / 2),
    Math.max(...sections.flatMap(({ rows }) => rows.map(([flag]) => flag.length))),
  );
  const words = positional === undefined ? "" : ` [${placeholderOf(describedField(schema, positional))} ...]`;
  return [
    `${bold("Usage:")} tsmon ${mode} [flags]${words}`,
    "",
    ...wrap(description, columns),
    "",
    ...(examples.length === 0 ? [] : [bold("Examples:")]),
    ...examples.flatMap(({ command, does }) => [
      `  ${cyan(command)}`,
      ...wrap(does, columns - 6).map((line) => `      ${line}`),
    ]),
    ...(examples.length === 0 ? [] : [""]),
    ...wrap(sourcesRule(schema, mode), columns),
    ...sections.flatMap(({ title, rows }) => [
      "",
      bold(`${title}:`),
      ...rows.flatMap(([flag, text]) => rowLines(flag, text, flagColumns, columns, cyan)),
    ]),
    "",
  ].join("\n");
}

function sourcesRule(schema: SettingsSchema, mode: string): string {
  const key = keysOf(schema).find(belongsInFile) ?? "";
  return (
    `Each setting is a flag, or else a variable, or else a key of the file that --config.file names: ` +
    `--${key}, ${variableOf(mode, key)}, or ${key}. Lists in a variable are separated by commas.`
  );
}

/** Sections in the order of the schema. Keys that share their first segment with no other are in the first one. */
function sectionsOf(schema: SettingsSchema): Section[] {
  const byHead = Map.groupBy(describedFields(schema), ({ key }) => key.split(".")[0]!);
  const groups = [...byHead].filter(([, members]) => members.length > 1);
  const single = [...byHead.values()].filter((members) => members.length === 1).flat();
  const rowsOf = (members: readonly DescribedField[]) =>
    members.map((field) => [flagOf(field), textOf(field)] as const);
  return [
    { title: "general", rows: [...rowsOf(single), ...COMMON] },
    ...groups.map(([title, members]) => ({ title, rows: rowsOf(members) })),
  ];
}

function flagOf(field: DescribedField): string {
  if (field.kind === "boolean") return `--${field.initial === true ? "[no-]" : ""}${field.key}`;
  return `--${field.key} ${placeholderOf(field)}`;
}

function textOf(field: DescribedField): string {
  const notes = [field.kind === "list" ? "repeatable" : "", defaultNote(field)].filter(Boolean);
  return `${field.description}${notes.length === 0 ? "" : ` [${notes.join("; ")}]`}`;
}

function defaultNote({ kind, secret, initial: value }: DescribedField): string {
  if (kind === "boolean" || secret || value === undefined || value === "") return "";
  if (!Array.isArray(value)) return `default: ${value}`;
  return value.length === 0 ? "" : `default: ${value.join(",")}`;
}

function rowLines(
  flag: string,
  text: string,
  flagColumns: number,
  columns: number,
  paint: (text: string) => string,
): string[] {
  const [first = "", ...rest] = wrap(text, columns - flagColumns - 4);
  const indent = " ".repeat(flagColumns + 4);
  if (flag.length > flagColumns) return [`  ${paint(flag)}`, ...[first, ...rest].map((line) => indent + line)];
  return [
    `  ${paint(flag)}${" ".repeat(flagColumns - flag.length + 2)}${first}`.trimEnd(),
    ...rest.map((line) => indent + line),
  ];
}
