import { type Codec, columnsOf, decodeText, encodeText } from "../record/codec.ts";
import { compareKeys } from "../key.ts";
import type { KeyRange } from "./key-range.ts";

const mark = "range";

/** Whether a line of a part file is one of a range, and not the original's `delimiter,prefix`. */
export function isRangeLine(line: string): boolean {
  return line.startsWith(`${mark}\t`);
}

/**
 * A line of a part file that stands for a range of keys:
 *
 *     range<TAB>AFTER<TAB>UPTO[<TAB>PREFIX]
 *
 * are the keys behind AFTER up to and with UPTO, in the order of their UTF-8 bytes, that begin with PREFIX. AFTER and UPTO need be no
 * keys of the bucket. `\N` is no bound. All three are escaped as keys are in all records, so any key can stand there. No tool writes
 * a `delimiter,prefix` line that begins with the word and a tab: its delimiter would.
 *
 * A bucket is cut without gap or overlap when each line's AFTER is the UPTO of the line before:
 *
 *     range  \N                 photos/2023/06/31
 *     range  photos/2023/06/31  videos/
 *     range  videos/            \N
 */
export const rangeLineCodec: Codec<KeyRange> = {
  decode(line) {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    const [first, after, upTo, prefix] = columnsOf(text, 3, 4) as [string, string, string, string?];
    if (first !== mark) throw new SyntaxError(`its first column is "${first}", not "${mark}"`);
    const range: KeyRange = {
      prefix: (prefix && decodeText(prefix)) || undefined,
      after: decodeBound(after, "AFTER"),
      upTo: decodeBound(upTo, "UPTO"),
    };
    if (
      range.after !== undefined &&
      range.upTo !== undefined &&
      compareKeys(range.after, range.upTo) >= 0
    ) {
      throw new SyntaxError(`no key is behind "${after}" and not behind "${upTo}"`);
    }
    return range;
  },
  encode({ prefix, after, upTo }) {
    const line = `${mark}\t${encodeText(after)}\t${encodeText(upTo)}`;
    return prefix === undefined || prefix === "" ? line : `${line}\t${encodeText(prefix)}`;
  },
};

function decodeBound(column: string, name: string): string | undefined {
  if (column === "") throw new SyntaxError(`its ${name} is empty; no bound is written \\N`);
  return decodeText(column);
}
