import type { ListedObjects } from "../ranges/listed-page.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { LineBuffer } from "../stream/line-buffer.ts";
import { WrittenLines } from "../stream/written-lines.ts";
import { writeEntryLines } from "./entry-lines.ts";

/** It holds nothing between two calls. */
const lines = new LineBuffer();

/** Writes the lines of listed objects as entries, and gives the memory of their reply back. */
export function writtenEntries({ rows, count }: ListedObjects): WrittenLines<Entry> {
  writeEntryLines(rows, lines, count);
  rows.release();
  return new WrittenLines(lines, count, entryCodec);
}
