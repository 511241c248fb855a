/** The columns of a row. A text's end is the column after its beginning. From `storageClass` on, objects are mostly alike. */
export const columns = {
  key: 0,
  /** 0 when the key's bytes are its characters, ASCII without `%`, `+`, `&` and what a line cannot carry; and nothing else is odd. */
  flags: 2,
  lastModified: 3,
  etag: 5,
  size: 7,
  storageClass: 9,
  checksumAlgorithm: 11,
  checksumType: 13,
  restoreExpiry: 15,
  isRestoring: 17,
  width: 19,
} as const;

/** Bits of the column `flags`: all but the last tell of the key. */
export const rowFlags = {
  /** It has a `%` or a `+`: percent-encoded where the list is. */
  isEncoded: 1,
  /** It has an `&`. */
  hasEntities: 2,
  isNotAscii: 4,
  /** It has a backslash, a tab, LF, CR or NUL, which a line cannot carry as they are. */
  isUnsafe: 8,
  /** It stands decoded in another buffer; see `ListedRows`. */
  isDecoded: 16,
  /** The ETag or the time is not written as S3 writes them: who copies bytes must look. */
  isOdd: 32,
} as const;

/**
 * For each byte of a text: what it says of a key it is in. The byte that ends text, `<`, is `endOfText`, and is greater than all
 * flags together. No byte has no kind, and undefined is not less than anything.
 */
export const kindOfByte = new Uint8Array(256);
export const endOfText = 0x80;
kindOfByte.fill(rowFlags.isNotAscii, 0x80);
kindOfByte[0x25] = rowFlags.isEncoded; // %
kindOfByte[0x2b] = rowFlags.isEncoded; // +
kindOfByte[0x26] = rowFlags.hasEntities; // &
for (const byte of [0x5c, 0x09, 0x0a, 0x0d, 0x00]) kindOfByte[byte] = rowFlags.isUnsafe;
kindOfByte[0x3c] = endOfText; // <
