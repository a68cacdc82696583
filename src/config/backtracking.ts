/** How often matching may go back: with `loops`, as a power of the text's length; with `choices`, as a factor. */
interface Effort {
  readonly loops: number;
  readonly choices: number;
}

/** Some million steps for a name as long as that of a file can be. */
const MOST: Effort = { loops: 3, choices: 1000 };

const ENDLESS: Effort = { loops: Number.POSITIVE_INFINITY, choices: Number.POSITIVE_INFINITY };

/** One construct: an escape, a class, what opens a group, what repeats, or a character. */
const CONSTRUCT =
  /\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\((?:\?(?:P?<\w+>|[a-zA-Z-]*:?))?|[*+?]|\{\d+(?:,\d*)?\}|./gsu;

/**
 * Whether matching an expression by trying one way after the other, as JavaScript does, may take very long, as `(a+)+b`
 * and `a*a*a*b` do. Of an expression that is not well-formed, the answer is of no matter.
 */
export function mayBacktrack(source: string): boolean {
  if (!/[*+?{|]/.test(source)) return false;
  const { loops, choices } = effortOf(source.match(CONSTRUCT) ?? []);
  // Without an anchor, matching starts anew at every character.
  return loops + Number(!source.startsWith("^")) > MOST.loops || choices > MOST.choices;
}

/** Takes constructs from the front of a list, up to the end of a group. */
function effortOf(constructs: string[]): Effort {
  let branches: Effort = { loops: 0, choices: 0 };
  let branch: Effort = { loops: 0, choices: 1 };
  const end = () => {
    branches = { loops: Math.max(branches.loops, branch.loops), choices: branches.choices + branch.choices };
  };
  for (let next = constructs.shift(); next !== undefined && next !== ")"; next = constructs.shift()) {
    if (next === "|") {
      end();
      branch = { loops: 0, choices: 1 };
      continue;
    }
    const isGroup = next.startsWith("(");
    const { loops, choices } = repeated(isGroup ? effortOf(constructs) : undefined, constructs[0] ?? "");
    branch = { loops: branch.loops + loops, choices: branch.choices * choices };
  }
  end();
  return branches;
}

/** The effort of a group, or else of a single character, with what may stand behind it. */
function repeated(group: Effort | undefined, quantifier: string): Effort {
  const { loops, choices } = group ?? { loops: 0, choices: 1 };
  const [, least, upTo, most] = /^\{(\d+)(,?)(\d*)\}$/.exec(quantifier) ?? [];
  if (quantifier === "?") return { loops, choices: choices + 1 };
  if (quantifier !== "*" && quantifier !== "+" && least === undefined) return { loops, choices };
  if (group) return ENDLESS;
  if (least === undefined || (upTo && !most)) return { loops: 1, choices: 1 };
  return { loops: 0, choices: upTo ? Number(most) - Number(least) + 1 : 1 };
}
