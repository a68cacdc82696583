import { describedField } from "../../src/config/described.ts";
import { type FlagDescription, flagsOf, placeholderOf } from "../../src/config/flags.ts";
import type { HelpText } from "../../src/config/help.ts";
import { belongsInFile, variableOf } from "../../src/config/schema.ts";

/** Paragraphs of a manual page: a heading, then roff as {@linkcode manPage} takes it. */
export interface ManSection {
  readonly title: string;
  /** Plain paragraphs. */
  readonly text?: readonly string[];
  /** Terms and what they mean. */
  readonly terms?: readonly (readonly [term: string, meaning: string])[];
}

/** What the head of a manual page says. */
export interface ManHead {
  /** Name of the page: `tsmon-agent`. */
  readonly name: string;
  /** The rest of the sentence that begins with the name, as apropos(1) shows it. */
  readonly purpose: string;
  readonly synopsis: readonly string[];
  readonly version: string;
}

/** A manual page of section 1 in the man(7) language. It has no date, so that the same source makes the same page. */
export function manPage({ name, purpose, synopsis, version }: ManHead, sections: readonly ManSection[]): string {
  return [
    `.TH ${name.toUpperCase()} 1 "" "tsmon ${version}" "tsmon"`,
    ".ad l", // flags and expressions are long words, which leave holes in lines of equal length
    ".SH NAME",
    `${escaped(name)} \\- ${escaped(purpose)}`,
    ".SH SYNOPSIS",
    ...synopsis.flatMap((line) => [".nf", `\\fB${escaped(line)}\\fR`, ".fi"]),
    ...sections.flatMap(({ title, text = [], terms = [] }) => [
      `.SH ${title.toUpperCase()}`,
      ...text.flatMap((paragraph) => [".PP", escaped(paragraph)]),
      ...terms.flatMap(([term, meaning]) => [".TP", `\\fB${escaped(term)}\\fR`, escaped(meaning)]),
    ]),
    "",
  ].join("\n");
}

/** The manual page of a mode with settings. */
export function modeManPage(help: HelpText, version: string): string {
  const { schema, mode, description, examples, positional, exitCodes } = help;
  const flags = flagsOf(schema);
  const words = positional === undefined ? "" : ` [${placeholderOf(describedField(schema, positional))} ...]`;
  const head = { name: `tsmon-${mode.replaceAll(" ", "-")}`, purpose: firstSentence(description), version };
  return manPage({ ...head, synopsis: [`tsmon ${mode} [flags]${words}`] }, [
    { title: "Description", text: [description, SOURCES] },
    { title: "Options", terms: flags.map((flag) => [termOf(flag), meaningOf(flag, mode)] as const) },
    { title: "Examples", terms: examples.map(({ command, does }) => [command, does] as const) },
    { title: "Exit status", terms: exitCodes ?? EXIT_CODES },
    ...(exitCodes ? [] : [{ title: "Signals", terms: SIGNALS }]),
    { title: "See also", text: ["tsmon(1), tsmon-doctor(1), tsmon-install(1)"] },
  ]);
}

const SOURCES =
  "A setting is given by its flag, else by its variable, else by its key in the YAML file that --config.file names, " +
  "else it has its default. Lists in a variable are separated by commas.";

/** What a mode that serves ends with. */
const EXIT_CODES = [
  ["0", "It was asked to stop."],
  ["1", "It cannot go on; the last line of its log says why."],
  ["2", "The settings or the command line are wrong; there is one line for each mistake."],
] as const;

/** What a command ends with that does one thing. */
export const COMMAND_EXIT_CODES = [
  ["0", "It is done."],
  ["1", "It failed; the last line says why."],
  ["2", "The command line is wrong; there is one line for each mistake."],
] as const;

const SIGNALS = [
  ["SIGTERM, SIGINT", "Stop: accept no more, finish what is under way for at most 5 seconds."],
  ["SIGHUP", "Read the settings again. Where they are wrong the old ones stay."],
] as const;

function termOf({ name, placeholder }: FlagDescription): string {
  return placeholder === "" ? name : `${name} ${placeholder}`;
}

function meaningOf({ description, key, repeatable, default: standard }: FlagDescription, mode: string): string {
  const notes = [
    repeatable ? "Repeatable." : "",
    standard === undefined ? "" : `Default: ${standard}.`,
    belongsInFile(key) ? `Variable ${variableOf(mode, key)}, key ${key}.` : `Variable ${variableOf(mode, key)}.`,
  ];
  return [`${description}.`, ...notes].filter(Boolean).join(" ");
}

function firstSentence(text: string): string {
  const [first = ""] = text.split(/\.(?:\s|$)/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}

/** Text that roff shows as it is. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^([.'])/, "\\&$1");
}
