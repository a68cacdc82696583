import type { Context, MiddlewareHandler } from "hono";
import type { Remote } from "../runtime/serve.ts";
import { type Access, accessOf, mayRead } from "./access.ts";
import type { Caller } from "./caller.ts";
import { type Denial, denialOf, type Wanted } from "./denial.ts";
import type { Endpoint } from "./grants.ts";
import type { Identity } from "./identity.ts";
import type { Rule } from "./rules.ts";

/** What an app behind a {@linkcode Guard} is called with, `app.fetch(request, { remote, … })`, and what its handlers find. */
export interface GuardedEnv {
  Bindings: {
    readonly remote: Remote;
    /** When the request came, in the time of `performance.now()`. */
    readonly arrivedMs: number;
  };
  Variables: { readonly caller: Caller; readonly access: Access };
}

/** Who may read what, and who hears of refusals. */
export interface GuardOptions {
  readonly identity: Pick<Identity, "callerOf">;
  readonly rules: readonly Rule[];
  /** Domain of the tailnet's names, such as `example.ts.net`, when it is known. */
  readonly suffix: () => string | undefined;
  /** Told of every refusal; `first` when it is the first of this caller for this reason. */
  readonly denied: (denial: Denial, first: boolean) => void;
}

/** Most callers and reasons that are told of: who has many addresses would else fill the log. All are counted. */
const MAX_TOLD = 1000;

/** Lets requests through to a web app by who sends them. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #told = new Set<string>();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** Knows the caller of every request, and refuses one to whom no rule gives anything. To be used before any other. */
  admit(): MiddlewareHandler<GuardedEnv> {
    return async (c, next) => {
      const { identity, rules, suffix } = this.#options;
      const isOpen = rules.some(({ kind }) => kind === "any");
      const caller: Caller = isOpen ? ANYONE : await identity.callerOf(c.env.remote, c.req.raw.headers);
      const access = accessOf(caller, rules, suffix());
      if (access.to === "nothing") return this.#refuse(c, denialOf(caller, rules, undefined));
      c.set("caller", caller);
      c.set("access", access);
      return next();
    };
  }

  /** Refuses a caller whose grants do not have the endpoint, and there the exporter. */
  require(endpoint: Endpoint, exporter?: (c: Context) => string): MiddlewareHandler<GuardedEnv> {
    return async (c, next) => {
      const wanted: Wanted = { endpoint, exporter: exporter?.(c) };
      if (mayRead(c.var.access, endpoint, wanted.exporter)) return next();
      return this.#refuse(c, denialOf(c.var.caller, this.#options.rules, wanted));
    };
  }

  #refuse(c: Context, denial: Denial): Response {
    const key = `${denial.reason} ${denial.caller}`;
    const isFirst = !this.#told.has(key) && this.#told.size < MAX_TOLD;
    if (isFirst) this.#told.add(key);
    this.#options.denied(denial, isFirst);
    return c.text(`${denial.text}\n`, 403);
  }
}

/** Stands for whoever calls where everyone may. */
const ANYONE: Caller = { kind: "loopback" };
