import type { Codec } from "../record/codec.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { escapeColumn, none } from "../record/escape.ts";
import { withoutSteering } from "../s3/printable.ts";
import { type ColumnName, columnNames } from "./column-names.ts";
import { classOf } from "./entry-filter.ts";

/** What stands for all keys that go on behind a delimiter, in a listing of one level. */
export interface ListedFolder {
  /** The beginning of those keys, up to the delimiter and with it. */
  readonly folder: string;
}

/** What a listing shows. */
export type Listed = Entry | ListedFolder;

/** How a listing is written, a line each. Only entries in the plain form can be read back. */
export type ListForm = Codec<Listed>;

/** Entries as all stages read them; a folder's other three columns are `\N`. */
export const plainForm: ListForm = {
  decode: (line) => entryCodec.decode(line),
  encode(listed) {
    if (!isFolder(listed)) return entryCodec.encode(listed);
    return `${escapeColumn(listed.folder)}\t${none}\t${none}\t${none}`;
  },
};

/** Only these columns, separated by tabs, escaped as in all records; `\N` where there is no value. */
export function columnsForm(names: readonly ColumnName[]): ListForm {
  return {
    decode: unreadable,
    encode(listed) {
      const values = valuesOf(listed);
      const columns = names.map((name) => {
        const value = values[name];
        return value === undefined ? none : escapeColumn(String(value));
      });
      return columns.join("\t");
    },
  };
}

/** What can be told of an entry in JSON: its columns, and what a comparison has found. */
export type JsonName = ColumnName | "change" | "by" | "at" | "replaces" | "outcome" | "code";

/** A JSON object each: of all that is listed, or of these names. Times are as ISO 8601 has them. */
export function jsonForm(names?: readonly JsonName[]): ListForm {
  return {
    decode: unreadable,
    encode(listed) {
      const { mtime, restore, ...values } = valuesOf(listed);
      if (isFolder(listed)) return JSON.stringify({ folder: listed.folder });
      const all: Values = {
        ...values,
        mtime: mtime && isoOf(mtime),
        restore: restore && isoOf(restore),
      };
      const order = names ?? columnNames;
      return JSON.stringify(Object.fromEntries(order.map((name) => [name, all[name]])));
    },
  };
}

/** For people: time, size and key, aligned; keys cannot steer the terminal. */
export const humanForm: ListForm = {
  decode: unreadable,
  encode(listed) {
    if (isFolder(listed))
      return `${"".padEnd(timeWidth)} ${"PRE".padStart(sizeWidth)} ${withoutSteering(listed.folder)}`;
    const { key, size, mtime, attributes } = listed;
    const isDeleted = attributes?.["marker"] !== undefined;
    const notes = [
      attributes?.class,
      attributes?.version && `version ${attributes.version}`,
      isDeleted ? "deleted" : undefined,
    ].filter((note) => note !== undefined);
    const note = notes.length === 0 ? "" : `  (${notes.join(", ")})`;
    const sizeText = isDeleted ? "-" : humanSize(size);
    return `${mtime} ${sizeText.padStart(sizeWidth)} ${withoutSteering(key)}${note}`;
  },
};

const timeWidth = "2026-11-24 17:32:03".length;
const sizeWidth = "1023.9 KiB".length;

/** As in `1.5 MiB`; below 1024 bytes as it is. */
export function humanSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded up to 1024 is one of the next unit.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** Says how a listing is written; plain data. */
export interface FormWords {
  readonly json?: true | undefined;
  readonly columns?: readonly ColumnName[] | undefined;
  readonly human?: true | undefined;
}

/** The form that is meant: entries as all stages read them, unless something is said. */
export function formOf({ json, columns, human }: FormWords): ListForm {
  if (human) return humanForm;
  if (json) return jsonForm(columns);
  return columns === undefined ? plainForm : columnsForm(columns);
}

type Values = { readonly [Name in JsonName]?: string | number | undefined } & {
  readonly mtime?: string | undefined;
  readonly restore?: string | undefined;
};

function valuesOf(listed: Listed): Values {
  if (isFolder(listed)) return { key: listed.folder };
  const { key, etag, size, mtime, attributes } = listed;
  return { ...attributes, key, etag, size, mtime, class: classOf(listed) };
}

/** Makes ISO 8601 of an entry's time; another word stays as it is. */
function isoOf(time: string): string {
  return /^[-\d]{10} [:\d]{8}$/.test(time) ? `${time.replace(" ", "T")}Z` : time;
}

function isFolder(listed: Listed): listed is ListedFolder {
  return "folder" in listed;
}

function unreadable(): never {
  throw new SyntaxError("lines of this form are not read");
}
