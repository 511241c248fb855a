import { type Codec, decodeKey } from "../record/codec.ts";
import { escapeColumn } from "../record/escape.ts";

/** A key alone, so that many can be sorted. */
export interface Keyed {
  readonly key: string;
}

/** A key, escaped, a line. */
export const keyedCodec: Codec<Keyed> = {
  decode: (line) => ({ key: decodeKey(line) }),
  encode: ({ key }) => escapeColumn(key),
};
