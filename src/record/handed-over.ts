import type { Codec } from "./codec.ts";
import { type Entry, entryCodec } from "./entry.ts";

/** Results have so many columns and more, entries fewer. */
const resultColumns = 7;

const noEntry: Entry = { key: "", etag: "", size: 0, mtime: "" };

/**
 * Reads what a mapper of ranges writes: results of what it has copied, and between them entries of
 * what it has left to others, with their `change`. A result is read as an entry that is no change,
 * which `onlyChanges` passes over.
 */
export const handedOverCodec: Codec<Entry> = {
  decode: (line) =>
    line.split("\t", resultColumns).length < resultColumns ? entryCodec.decode(line) : noEntry,
  encode: (entry) => entryCodec.encode(entry),
};
