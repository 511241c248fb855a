import { type Attributes, decodeAttributes, encodeAttributes } from "./attributes.ts";
import { type Codec, columnsOf, decodeCount, decodeKey, decodeText, encodeText } from "./codec.ts";
import { escapeColumn, none, unescapeColumn } from "./escape.ts";
import { decodeLastByte, type Part } from "./task.ts";

/** What became of a task. Copied, unless an attribute says otherwise. */
export interface Result {
  readonly key: string;
  /** The source's, without quotes. */
  readonly etag: string;
  /** The new one: of the object, or of the part; none when it was not copied. */
  readonly newEtag: string | undefined;
  readonly part?: Omit<Part, "parts"> | undefined;
  readonly attributes?: Attributes | undefined;
}

/**
 * `key etag uploadId newEtag part start stop [attributes]`, four of them `\N` for an object in one
 * piece.
 */
export const resultCodec: Codec<Result> = {
  decode(line) {
    const columns = columnsOf(line, 7, 8);
    const [key, etag, uploadId, newEtag, part, start, stop, attributes] = columns as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string?,
    ];
    const result = {
      key: decodeKey(key),
      etag: unescapeColumn(etag),
      newEtag: decodeText(newEtag),
      attributes: decodeAttributes(attributes),
    };
    if (uploadId === none) return result;
    return {
      ...result,
      part: {
        uploadId: unescapeColumn(uploadId),
        part: decodeCount(part, "part number"),
        start: decodeCount(start, "first byte"),
        stop: decodeLastByte(stop),
      },
    };
  },
  encode({ key, etag, newEtag, part, attributes }) {
    const start = `${escapeColumn(key)}\t${escapeColumn(etag)}`;
    const middle =
      part === undefined
        ? `${none}\t${encodeText(newEtag)}\t${none}\t${none}\t${none}`
        : `${escapeColumn(part.uploadId)}\t${encodeText(newEtag)}\t${part.part}\t${part.start}\t${part.stop}`;
    const last = encodeAttributes(attributes);
    return last === "" ? `${start}\t${middle}` : `${start}\t${middle}\t${last}`;
  },
};
