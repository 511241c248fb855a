import { InvalidArgumentError } from "commander";

const sizeUnits: Readonly<Record<string, number>> = { "": 1, k: 1, m: 2, g: 3, t: 4, p: 5 };

/**
 * Reads a size in bytes: a number, with a unit behind it or none. `K`, `KiB` and so on, up to P, are
 * powers of 1024, as in rclone; `KB` and so on are powers of 1000.
 */
export function byteSize(text: string): number {
  const [, number = "", letter = "", rest = ""] =
    /^(\d+(?:\.\d+)?) *(?:([kmgtp])(i?b|))?b?$/i.exec(text) ?? [];
  const power = letter === "" ? 0 : sizeUnits[letter.toLowerCase()]!;
  const size = Number(number) * (rest.toLowerCase() === "b" ? 1000 : 1024) ** power;
  if (number === "" || !Number.isSafeInteger(Math.round(size))) {
    throw new InvalidArgumentError("It is a number of bytes, or as 10KiB, 1.5G, 100MB.");
  }
  return Math.round(size);
}

const durationUnits: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 24 * 3600,
  w: 7 * 24 * 3600,
};

/**
 * Reads a moment: a date (`2026-11-24`), a date and a time of day (`2026-11-24T17:32`, UTC unless it
 * names a zone), or how long it is ago (`90m`, `12h`, `30d`, `2w`). Gives it as entries have it,
 * `YYYY-MM-DD HH:MM:SS`, UTC.
 *
 * @param now In milliseconds.
 */
export function moment(text: string, now: number): string {
  const at = momentMs(text, now);
  const date = new Date(at);
  if (Number.isNaN(date.valueOf())) {
    throw new InvalidArgumentError("It is as 2026-11-24, 2026-11-24T17:32:03Z, 12h or 30d.");
  }
  return date.toISOString().slice(0, 19).replace("T", " ");
}

function momentMs(text: string, now: number): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) *([smhdw])$/.exec(text) ?? [];
  if (unit !== undefined) return now - Number(number) * durationUnits[unit]! * 1000;
  const [, date, time = "00:00:00", zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) *(Z|[+-]\d\d:?\d\d)?)?$/.exec(text) ??
    [];
  if (date === undefined) return Number.NaN;
  const at = Date.parse(`${date}T${time}${zone}`);
  const day = new Date(`${date}T00:00:00Z`);
  // JavaScript takes the 30th of February for the 1st or 2nd of March.
  const isThere = !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(date);
  return isThere ? at : Number.NaN;
}
