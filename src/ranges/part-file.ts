import type { Codec } from "../record/codec.ts";

/**
 * A line of a part file as the original has it, `delimiter,prefix`: all keys with the prefix, or with a delimiter only those that
 * do not contain it after the prefix. An empty delimiter is none.
 */
export interface PartLine {
  readonly delimiter: string;
  readonly prefix: string;
}

/**
 * The first comma separates; a prefix may hold others. A delimiter that is itself a comma cannot be written. A carriage return at the
 * end, as Windows editors leave it, is dropped.
 */
export const partLineCodec: Codec<PartLine> = {
  decode(line) {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    const comma = text.indexOf(",");
    if (comma < 0) {
      throw new SyntaxError(
        "it has no comma; a line of a part file is DELIMITER,PREFIX, as in /,photos/ or ,photos/",
      );
    }
    return { delimiter: text.slice(0, comma), prefix: text.slice(comma + 1) };
  },
  encode({ delimiter, prefix }) {
    return `${delimiter},${prefix}`;
  },
};
