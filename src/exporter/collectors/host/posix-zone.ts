import type { Zone } from "./zone.ts";

const DAY_SECONDS = 86_400;

const NAME = "([A-Za-z]{3,}|<[A-Za-z0-9+-]+>)";
const TIME = "([+-]?\\d+(?::\\d+){0,2})";
const RULE = new RegExp(`^${NAME}${TIME}(?:${NAME}${TIME}?(?:,([^,]+),([^,]+))?)?$`);

/** When a rule names no dates, those of the United States hold. */
const DEFAULT_DATES = ["M3.2.0", "M11.1.0"] as const;

/**
 * The zone that a POSIX rule such as `CET-1CEST,M3.5.0,M10.5.0/3` puts in force at a Unix time in seconds (tzset(3)).
 *
 * @throws {SyntaxError} If it is not such a rule.
 */
export function posixZoneAt(rule: string, unixSeconds: number): Zone {
  const match = RULE.exec(rule);
  if (!match) throw new SyntaxError(`Cannot parse time zone rule: found "${rule}"`);
  const [, name, offset, daylightName, daylightOffset, start = DEFAULT_DATES[0], end = DEFAULT_DATES[1]] = match;
  // POSIX counts west of Greenwich. Subtracted, for the negative of zero would be printed as such.
  const standard = { name: bareName(name!), offsetSeconds: 0 - timeSeconds(offset!) };
  if (daylightName === undefined) return standard;
  const daylightSeconds = daylightOffset ? 0 - timeSeconds(daylightOffset) : standard.offsetSeconds + 3600;
  const daylight = { name: bareName(daylightName), offsetSeconds: daylightSeconds };
  const year = new Date((unixSeconds + standard.offsetSeconds) * 1000).getUTCFullYear();
  const daylightStart = changeSeconds(start, year) - standard.offsetSeconds;
  const daylightEnd = changeSeconds(end, year) - daylight.offsetSeconds;
  const isBetween = (from: number, to: number) => unixSeconds >= from && unixSeconds < to;
  // South of the equator the summer spans the turn of the year.
  const isDaylight =
    daylightStart < daylightEnd ? isBetween(daylightStart, daylightEnd) : !isBetween(daylightEnd, daylightStart);
  return isDaylight ? daylight : standard;
}

function bareName(name: string): string {
  return name.replace(/[<>]/g, "");
}

/** `[+-]hh[:mm[:ss]]` in seconds. */
function timeSeconds(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, "").split(":").map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

/** Local time of a change of clocks in a year, as seconds from 1970 on that clock. The time of day is 2:00 by default. */
function changeSeconds(date: string, year: number): number {
  const [day = "", time = "2"] = date.split("/");
  return daysSince1970(day, year) * DAY_SECONDS + timeSeconds(time);
}

/** `Mm.w.d`: day d of week w of month m, week 5 being the last. `Jn`: day 1 to 365, never 29 February. `n`: day 0 to 365. */
function daysSince1970(day: string, year: number): number {
  const first = Date.UTC(year, 0, 1) / 1000 / DAY_SECONDS;
  const [, month, week, weekday] = /^M(\d+)\.(\d)\.(\d)$/.exec(day)?.map(Number) ?? [];
  if (month === undefined || week === undefined || weekday === undefined) {
    if (!/^J?\d+$/.test(day)) throw new SyntaxError(`Cannot parse time zone rule: found "${day}"`);
    if (!day.startsWith("J")) return first + Number(day);
    const isLeap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
    const ordinal = Number(day.slice(1));
    return first + ordinal - (isLeap && ordinal >= 60 ? 0 : 1);
  }
  const monthStart = Date.UTC(year, month - 1, 1) / 1000 / DAY_SECONDS;
  const monthEnd = Date.UTC(year, month, 1) / 1000 / DAY_SECONDS;
  const weekdayOfFirst = new Date(monthStart * DAY_SECONDS * 1000).getUTCDay();
  const inFirstWeek = monthStart + ((weekday - weekdayOfFirst + 7) % 7);
  const nth = inFirstWeek + (week - 1) * 7;
  return nth < monthEnd ? nth : nth - 7;
}
