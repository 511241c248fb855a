/** The columns of a row. A text's end is the column after its beginning. From `storageClass` on, objects are mostly alike. */
export const columns = {
  key: 0,
  /** 0 when the key's bytes are its characters: ASCII without `%`, `+` and `&`. */
  keyFlags: 2,
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

/** Bits of the column `keyFlags`. */
export const keyFlags = {
  /** It has a `%` or a `+`: percent-encoded where the list is. */
  isEncoded: 1,
  /** It has an `&`. */
  hasEntities: 2,
  isNotAscii: 4,
} as const;

/**
 * For each byte of a text: what it says of a key it is in. The byte that ends text, `<`, is `endOfText`, and is greater than all
 * flags together. No byte has no kind, and undefined is not less than anything.
 */
export const kindOfByte = new Uint8Array(256);
export const endOfText = 0x80;
kindOfByte.fill(keyFlags.isNotAscii, 0x80);
kindOfByte[0x25] = keyFlags.isEncoded; // %
kindOfByte[0x2b] = keyFlags.isEncoded; // +
kindOfByte[0x26] = keyFlags.hasEntities; // &
kindOfByte[0x3c] = endOfText; // <
