import { isUtf8 } from "node:buffer";

/**
 * Decodes a text of a listing that S3 sent under `encoding-type=url`: `+` is a space, `%41` a byte of UTF-8. Throws a SyntaxError
 * for a `%` that begins no byte and for bytes that are not UTF-8: a key that is guessed would be another object's.
 */
export function decodeUrlEncoding(text: string): string {
  return utf8TextOf(decodeUrlBytes(Buffer.from(text)));
}

/** Decodes such a text's bytes into the bytes of the key. */
export function decodeUrlBytes(sent: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(sent.length);
  return bytes.subarray(0, decodeUrlInto(sent, 0, sent.length, bytes, 0));
}

/** The same from one buffer into another, which must have room for as many bytes; gives the place behind them. */
export function decodeUrlInto(
  sent: Buffer,
  begin: number,
  end: number,
  target: Buffer,
  targetAt: number,
): number {
  let at = targetAt;
  for (let i = begin; i < end; i++) {
    let byte = sent[i]!;
    if (byte === plus) {
      byte = space;
    } else if (byte === percent) {
      const value = i + 2 < end ? (hexValues[sent[i + 1]!]! << 4) | hexValues[sent[i + 2]!]! : -1;
      if (value < 0) throw new SyntaxError("a % that begins no byte");
      byte = value;
      i += 2;
    }
    target[at++] = byte;
  }
  return at;
}

/** Reads bytes as UTF-8, a leading U+FEFF too. Throws a SyntaxError for bytes that are not UTF-8. */
export function utf8TextOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new SyntaxError("bytes that are not UTF-8");
  return bytes.toString("utf8");
}

const plus = 0x2b;
const percent = 0x25;
const space = 0x20;

/** What each byte is worth as a hexadecimal digit; -1 for what is none. */
const hexValues = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  hexValues[digit.charCodeAt(0)] = value;
  hexValues[digit.toUpperCase().charCodeAt(0)] = value;
}
