import { encodeText } from "../record/codec.ts";
import type { KeyRange } from "./key-range.ts";
import { rangeLineCodec } from "./range-line.ts";

/** Keys that a part file's lines do not list once. */
export type CutFault =
  | { readonly kind: "missing"; readonly range: KeyRange }
  /** Of the range, keys are listed by several lines. */
  | { readonly kind: "twice"; readonly range: KeyRange; readonly by: readonly number[] };

/**
 * Writes a fault as a line. One of what is missing is a range line but for its first word, so that
 * it can be put into the part file:
 *
 *     missing<TAB>AFTER<TAB>UPTO[<TAB>PREFIX]
 *     twice<TAB>AFTER<TAB>UPTO<TAB>PREFIX<TAB>LINES
 *
 * LINES are the numbers of the lines that list them, separated by commas.
 */
export const cutFaultCodec = {
  encode(fault: CutFault): string {
    const { range } = fault;
    if (fault.kind === "missing") return rangeLineCodec.encode(range).replace(/^range/, "missing");
    const bounds = [range.after, range.upTo, range.prefix || undefined];
    return ["twice", ...bounds.map(encodeText), fault.by.join(",")].join("\t");
  },
};
