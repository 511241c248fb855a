const backslash = 0x5c;

/** The most bytes that one byte takes when it is escaped: `\xHH`. */
export const maxEscapedBytes = 4;

/** What stands behind the backslash, for the bytes that have a letter; NUL has none and is `\x00`. */
const letters = new Uint8Array(256);
letters[backslash] = backslash;
letters[0x09] = 0x74; // \t
letters[0x0a] = 0x6e; // \n
letters[0x0d] = 0x72; // \r

const nul = Buffer.from("\\x00");
const byteOrderMark = Buffer.from("\\xEF\\xBB\\xBF");

/** Whether a text in UTF-8 begins with U+FEFF. */
export function beginsWithMark(text: Buffer, begin: number, end: number): boolean {
  return (
    end - begin >= 3 && text[begin] === 0xef && text[begin + 1] === 0xbb && text[begin + 2] === 0xbf
  );
}

/**
 * Escapes a text in UTF-8 for a column, as `escapeColumn` does a string, and gives the place behind it. The target must have room for
 * `maxEscapedBytes` for each byte.
 */
export function escapeColumnBytes(
  text: Buffer,
  begin: number,
  end: number,
  target: Buffer,
  targetAt: number,
): number {
  let from = begin;
  let at = targetAt;
  if (beginsWithMark(text, begin, end)) {
    at += byteOrderMark.copy(target, at);
    from += 3;
  }
  for (let i = from; i < end; i++) {
    const byte = text[i]!;
    const letter = letters[byte]!;
    if (letter !== 0) {
      target[at++] = backslash;
      target[at++] = letter;
    } else if (byte === 0) {
      at += nul.copy(target, at);
    } else {
      target[at++] = byte;
    }
  }
  return at;
}
