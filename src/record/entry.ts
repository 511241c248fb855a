import { type Attributes, decodeAttributes, encodeAttributes } from "./attributes.ts";
import { type Codec, columnsOf, decodeCount, decodeKey } from "./codec.ts";
import { escapeColumn, unescapeColumn } from "./escape.ts";

/** An object as a listing shows it. */
export interface Entry {
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  /** In bytes. */
  readonly size: number;
  /** `YYYY-MM-DD HH:MM:SS`, UTC. */
  readonly mtime: string;
  readonly attributes?: Attributes | undefined;
}

/** `key etag size mtime [attributes]`. */
export const entryCodec: Codec<Entry> = {
  decode(line) {
    return entryOf(columnsOf(line, 4, 5));
  },
  encode({ key, etag, size, mtime, attributes }) {
    const line = `${escapeColumn(key)}\t${escapeColumn(etag)}\t${size}\t${mtime}`;
    const last = attributes === undefined ? "" : encodeAttributes(attributes);
    return last === "" ? line : `${line}\t${last}`;
  },
};

/** Makes an entry of the columns of a line; the attributes are the fifth. */
export function entryOf(columns: readonly string[]): Entry {
  const [key, etag, size, mtime, attributes] = columns as [string, string, string, string, string?];
  return {
    key: decodeKey(key),
    etag: unescapeColumn(etag),
    size: decodeCount(size, "size"),
    mtime,
    attributes: decodeAttributes(attributes),
  };
}

/**
 * Writes the time of a listing (ISO 8601, UTC) as an entry has it; fractions of a second are
 * dropped.
 */
export function mtimeOf(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}
