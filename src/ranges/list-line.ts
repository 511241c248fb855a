import type { Codec } from "../record/codec.ts";
import type { KeyRange } from "./key-range.ts";
import { type PartLine, partLineCodec } from "./part-file.ts";
import { isRangeLine, rangeLineCodec } from "./range-line.ts";

/** A line of a part file of either kind: the keys that are to be listed for it. */
export type ListLine = PartLine | KeyRange;

/** Reads and writes lines of both kinds. */
export const listLineCodec: Codec<ListLine> = {
  decode(line) {
    return isRangeLine(line) ? rangeLineCodec.decode(line) : partLineCodec.decode(line);
  },
  encode(line) {
    return isPartLine(line) ? partLineCodec.encode(line) : rangeLineCodec.encode(line);
  },
};

/** Whether a line is of the original's kind, `delimiter,prefix`. */
export function isPartLine(line: ListLine): line is PartLine {
  return "delimiter" in line;
}
