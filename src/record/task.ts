import { decodeAttributes, encodeAttributes } from "./attributes.ts";
import { type Codec, columnsOf, decodeCount } from "./codec.ts";
import { type Entry, entryCodec, entryOf } from "./entry.ts";
import { escapeColumn, none, unescapeColumn } from "./escape.ts";

/** One part of a multipart upload that is under way. */
export interface Part {
  readonly uploadId: string;
  /** Its number, from 1. */
  readonly part: number;
  /** How many there are. */
  readonly parts: number;
  /** The first byte and the last, inclusive; an empty part ends one before it starts. */
  readonly start: number;
  readonly stop: number;
}

/**
 * What one copy request has to do: a whole object, or one part of it (`size` is the whole object's
 * in both).
 */
export interface Task extends Entry {
  readonly part?: Part | undefined;
}

/**
 * `key etag size mtime uploadId part parts start stop [attributes]`, the five `\N` for an object in
 * one piece.
 */
export const taskCodec: Codec<Task> = {
  decode(line) {
    const columns = columnsOf(line, 9, 10);
    const entry = entryOf(columns.slice(0, 4));
    const attributes = decodeAttributes(columns[9]);
    const [uploadId, part, parts, start, stop] = columns.slice(4, 9) as [
      string,
      string,
      string,
      string,
      string,
    ];
    if (uploadId === none) return { ...entry, attributes };
    return {
      ...entry,
      attributes,
      part: {
        uploadId: unescapeColumn(uploadId),
        part: decodeCount(part, "part number"),
        parts: decodeCount(parts, "number of parts"),
        start: decodeCount(start, "first byte"),
        stop: decodeLastByte(stop),
      },
    };
  },
  encode(task) {
    const { part, attributes } = task;
    const line = entryCodec.encode({ ...task, attributes: undefined });
    const columns =
      part === undefined
        ? `${none}\t${none}\t${none}\t${none}\t${none}`
        : `${escapeColumn(part.uploadId)}\t${part.part}\t${part.parts}\t${part.start}\t${part.stop}`;
    const last = encodeAttributes(attributes);
    return last === "" ? `${line}\t${columns}` : `${line}\t${columns}\t${last}`;
  },
};

/** Reads a last byte: -1 is that of an empty object. */
export function decodeLastByte(column: string): number {
  return column === "-1" ? -1 : decodeCount(column, "last byte");
}
