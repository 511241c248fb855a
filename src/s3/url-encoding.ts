import { isUtf8 } from "node:buffer";

/**
 * Decodes a text of a listing that S3 sent under `encoding-type=url`: `+` is a space, `%41` a byte of UTF-8. Throws a SyntaxError
 * for a `%` that begins no byte and for bytes that are not UTF-8: a key that is guessed would be another object's.
 */
export function decodeUrlEncoding(text: string): string {
  return utf8TextOf(decodeUrlBytes(Buffer.from(text)));
}

/** Decodes such a text's bytes into the bytes of the key. */
export function decodeUrlBytes(sent: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(sent.length);
  let length = 0;
  for (let i = 0; i < sent.length; i++) {
    let byte = sent[i]!;
    if (byte === plus) {
      byte = space;
    } else if (byte === percent) {
      const value = (hexValue(sent[i + 1]) << 4) | hexValue(sent[i + 2]);
      if (value < 0) throw new SyntaxError("a % that begins no byte");
      byte = value;
      i += 2;
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

/** Reads bytes as UTF-8, a leading U+FEFF too. Throws a SyntaxError for bytes that are not UTF-8. */
export function utf8TextOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new SyntaxError("bytes that are not UTF-8");
  return bytes.toString("utf8");
}

const plus = 0x2b;
const percent = 0x25;
const space = 0x20;

/** Gives -1 for what is not a hexadecimal digit. */
function hexValue(digit: number | undefined): number {
  if (digit === undefined) return -1;
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30;
  const letter = digit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
