import { Buffer } from "node:buffer";
import type { MiddlewareHandler } from "hono";
import { PasswordCheck } from "./password.ts";
import type { WebConfig } from "./web-config.ts";

/** Longest name and password together that are looked at. */
const MAX_CREDENTIALS = 1024;

/** Asks for the password of a web configuration's users, where it has any. */
export function basicAuth(config: () => WebConfig | undefined): MiddlewareHandler {
  const check = new PasswordCheck();
  return async (c, next) => {
    const users = config()?.users ?? {};
    if (Object.keys(users).length === 0) return next();
    const given = credentialsOf(c.req.header("Authorization"));
    const verdict = given ? await check.verify(given.name, given.password, users) : "wrong";
    if (verdict === "right") return next();
    if (verdict === "busy") return c.text("Too many passwords at once, try again later.\n", 503);
    return c.text("A user name and its password are needed.\n", 401, {
      "WWW-Authenticate": 'Basic realm="tsmon", charset="UTF-8"',
    });
  };
}

/** Sets a web configuration's headers on every answer. */
export function webHeaders(config: () => WebConfig | undefined): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(config()?.headers ?? {})) c.res.headers.set(name, value);
  };
}

/** Answers 429 beyond a web configuration's rate: a bucket of `burst` requests, one more each interval. */
export function rateLimit(config: () => WebConfig | undefined, nowSeconds: () => number): MiddlewareHandler {
  let tokens = Number.POSITIVE_INFINITY;
  let lastSeconds = nowSeconds();
  return async (c, next) => {
    const limit = config()?.rateLimit;
    if (!limit) return next();
    const now = nowSeconds();
    tokens = Math.min(tokens + (now - lastSeconds) / limit.intervalSeconds, limit.burst);
    lastSeconds = now;
    if (tokens < 1) return c.text("Too many requests, try again later.\n", 429);
    tokens--;
    return next();
  };
}

/** Name and password of an Authorization header, RFC 7617. */
function credentialsOf(header: string | undefined): { name: string; password: string } | undefined {
  const [, base64] = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(header ?? "") ?? [];
  if (base64 === undefined || base64.length > MAX_CREDENTIALS) return undefined;
  const text = Buffer.from(base64, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
