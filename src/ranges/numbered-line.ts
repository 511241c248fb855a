import type { Codec } from "../record/codec.ts";
import type { KeyRange } from "./key-range.ts";
import { type PartLine, partLineCodec } from "./part-file.ts";
import { isRangeLine, rangeLineCodec } from "./range-line.ts";

/** A line of a part file of either kind, with its number. */
export interface NumberedLine {
  /** From 1, with the lines that are comments counted. */
  readonly number: number;
  /** Undefined for a comment and an empty line. */
  readonly keys: KeyRange | PartLine | undefined;
}

/** Reads the lines of one part file, or of several one after the other, and numbers them as they come: so each reading needs its own. */
export function numberedLines(): Codec<NumberedLine> {
  let number = 0;
  return {
    decode(line) {
      number++;
      if (line === "" || line === "\r" || line.startsWith("#")) return { number, keys: undefined };
      return { number, keys: (isRangeLine(line) ? rangeLineCodec : partLineCodec).decode(line) };
    },
    encode({ keys }) {
      if (keys === undefined) return "";
      return "delimiter" in keys ? partLineCodec.encode(keys) : rangeLineCodec.encode(keys);
    },
  };
}
