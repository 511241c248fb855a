import type { Codec } from "../record/codec.ts";
import { type ListLine, listLineCodec } from "./list-line.ts";

/** A line of a part file, with its number. */
export interface NumberedLine {
  /** From 1, with the lines that are comments counted. */
  readonly number: number;
  /** Undefined for a comment and an empty line. */
  readonly keys: ListLine | undefined;
}

/**
 * Reads the lines of one part file, or of several one after the other, and numbers them as they
 * come: so each reading needs its own.
 */
export function numberedLines(): Codec<NumberedLine> {
  let number = 0;
  return {
    decode(line) {
      number++;
      const isComment = line === "" || line === "\r" || line.startsWith("#");
      return { number, keys: isComment ? undefined : listLineCodec.decode(line) };
    },
    encode({ keys }) {
      return keys === undefined ? "" : listLineCodec.encode(keys);
    },
  };
}
