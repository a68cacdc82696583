import type { Document, LineCounter, Node, Pair, YAMLError } from "yaml";
import { nearest } from "./nearest.ts";
import type { Given, Layer, Problem, Source } from "./problem.ts";
import { belongsInFile, keysOf, type SettingsSchema } from "./schema.ts";

/** A file while it is read. */
interface Reading extends Layer {
  readonly yaml: typeof import("yaml");
  readonly document: Document.Parsed;
  readonly schema: SettingsSchema;
  readonly sourceAt: (offset: number) => Source;
}

/** A line that is neither blank nor a comment. */
const SOMETHING = /^[^\S\n]*[^#\s]/m;

/**
 * Settings of a YAML file. Keys may be flat (`web.listen: …`) or nested (`web: { listen: … }`), in any mixture.
 *
 * Scalars stay text, as they are written, so that flags, variables and the file obey the same rules. A key without
 * a value, or with null, is one that is not set.
 */
export async function readSettingsFile(path: string, text: string, schema: SettingsSchema): Promise<Layer> {
  if (!SOMETHING.test(text)) return { given: new Map(), problems: [] };
  const yaml = await import("yaml"); // here, because it takes 2 ms to load, and many a file is as it was installed
  const lineCounter = new yaml.LineCounter();
  // Own messages for keys given twice: nested and flat ones clash too. The library's excerpts could show a secret.
  const document = yaml.parseDocument(text, {
    schema: "failsafe",
    lineCounter,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const sourceAt = (offset: number) => sourceOf(path, lineCounter, offset);
  const reading: Reading = { given: new Map(), problems: [], yaml, document, schema, sourceAt };
  reading.problems.push(...syntaxProblems(reading));
  if (reading.problems.length > 0) return reading; // what follows a syntax error is guesswork
  const root = document.contents;
  if (yaml.isMap(root)) for (const pair of root.items) addPair(reading, "", pair as Pair<Node, Node | null>);
  else if (!isUnset(reading, root)) reading.problems.push({ source: sourceAt(0), text: "expected keys with values" });
  return reading;
}

function sourceOf(path: string, lineCounter: LineCounter, offset: number): Source {
  const { line, col } = lineCounter.linePos(offset);
  return { kind: "file", label: `file ${path}, line ${line}, column ${col}`, position: offset };
}

function syntaxProblems({ yaml, document, sourceAt }: Reading): Problem[] {
  const problems = [...document.errors, ...document.warnings].map((error) => {
    return { source: sourceAt(error.pos[0]), text: syntaxMessage(error) };
  });
  yaml.visit(document, {
    Alias: (_, { range }) => {
      problems.push({
        source: sourceAt(range![0]),
        text: "aliases are not supported: quote a value that begins with *",
      });
    },
    Value: (_, { range, anchor }) => {
      // An unquoted value that begins with & is an anchor, and would be lost without a word.
      if (anchor === undefined) return;
      problems.push({
        source: sourceAt(range![0]),
        text: "anchors are not supported: quote a value that begins with &",
      });
    },
  });
  return problems;
}

/** The library's words without what it quotes from the file, which may be a secret. */
function syntaxMessage(error: YAMLError): string {
  if (error.code === "TAG_RESOLVE_FAILED") return "tags are not supported: quote a value that begins with !";
  if (error.code === "BAD_DQ_ESCAPE") return "not valid YAML: invalid escape sequence in a quoted value";
  return `not valid YAML: ${error.message.replace(/[:;] .*$/s, "")}`;
}

function addPair(reading: Reading, prefix: string, pair: Pair<Node, Node | null>): void {
  const key = prefix + String(pair.key);
  const isLeaf = Object.hasOwn(reading.schema.shape, key) && !isSection(reading.schema, key);
  if (reading.yaml.isMap(pair.value) && !isLeaf) {
    for (const member of pair.value.items) addPair(reading, `${key}.`, member as Pair<Node, Node | null>);
    return;
  }
  const unset = isUnset(reading, pair.value);
  if (unset && isSection(reading.schema, key)) return;
  const source = reading.sourceAt(pair.key.range![0]);
  const text = keyProblem(reading, key);
  if (text !== undefined) reading.problems.push({ source, text });
  else if (!unset) reading.given.set(key, givenBy(reading, pair.value!));
}

function keyProblem({ given, schema }: Reading, key: string): string | undefined {
  if (!Object.hasOwn(schema.shape, key)) {
    if (isSection(schema, key)) return `key "${key}" has settings below it: expected a mapping of those`;
    const found = nearest(key, keysOf(schema).filter(belongsInFile));
    return `unknown key ${JSON.stringify(key)}${found === undefined ? "" : ` (did you mean "${found}"?)`}`;
  }
  if (!belongsInFile(key)) return `key "${key}" cannot be set in the file itself`;
  const first = given.get(key);
  return first && `key "${key}" is given twice, first in ${first.source.label.replace(/^.*, line/, "line")}`;
}

function givenBy({ yaml, document, sourceAt }: Reading, node: Node): Given {
  const given = { value: node.toJS(document), source: sourceAt(node.range![0]) };
  if (!yaml.isSeq<Node>(node)) return given;
  return { ...given, items: node.items.map((item) => sourceAt(item.range![0])) };
}

function isUnset({ yaml }: Reading, node: Node | null): boolean {
  return (
    node === null || (yaml.isScalar<string>(node) && node.type === "PLAIN" && /^(|~|null)$/.test(node.source ?? ""))
  );
}

/** Whether a key is the head of others, such as `web` of `web.listen`. */
function isSection(schema: SettingsSchema, key: string): boolean {
  return keysOf(schema).some((other) => other.startsWith(`${key}.`));
}
