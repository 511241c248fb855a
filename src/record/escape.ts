import { isUtf8 } from "node:buffer";

/**
 * The escape that lets any key stand in one column of one line: PostgreSQL's COPY text format, `\t
 * \n \r \\`, and `\xHH` for the bytes of what a line cannot carry safely: NUL, and U+FEFF at its
 * start (Hadoop's LineRecordReader removes a byte order mark from the head of a file). `\N`,
 * unescaped, is none. The escape is one-to-one, so grouping by escaped keys groups by keys; their
 * order is not that of the keys.
 */

/** What stands in a column that has no value. */
export const none = "\\N";

const unsafe = /[\\\t\n\r\0]/;
const byteOrderMark = "\ufeff";

/** Escapes a text for a column. */
export function escapeColumn(text: string): string {
  if (!unsafe.test(text)) return text.startsWith(byteOrderMark) ? escapeMark(text) : text;
  const escaped = text.replace(/[\\\t\n\r\0]/g, (character) => escapes[character]!);
  return text.startsWith(byteOrderMark) ? escapeMark(escaped) : escaped;
}

/**
 * Gives a column's text back. Throws a SyntaxError for an escape that `escapeColumn` and COPY do
 * not write.
 */
export function unescapeColumn(column: string): string {
  if (!column.includes("\\")) return column;
  // Through bytes, because \xHH stands for a byte and not for a character.
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = column.indexOf("\\"); at >= 0; at = column.indexOf("\\", from)) {
    if (at > from) parts.push(Buffer.from(column.slice(from, at)));
    const letter = column[at + 1] ?? "";
    if (letter === "x") {
      const digits = column.slice(at + 2, at + 4);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) throw badEscape(column, at, 4);
      parts.push(Buffer.of(Number.parseInt(digits, 16)));
      from = at + 4;
    } else {
      const character = unescapes[letter];
      if (character === undefined) throw badEscape(column, at, 2);
      parts.push(Buffer.from(character));
      from = at + 2;
    }
  }
  if (from < column.length) parts.push(Buffer.from(column.slice(from)));
  const bytes = Buffer.concat(parts);
  if (!isUtf8(bytes)) throw new SyntaxError(`"${column}" is not UTF-8`);
  return bytes.toString();
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\0": "\\x00",
};

/** What COPY writes and we do not, `\b \f \v`, is read all the same. */
const unescapes: Readonly<Record<string, string>> = {
  "\\": "\\",
  t: "\t",
  n: "\n",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
};

function escapeMark(text: string): string {
  return `\\xEF\\xBB\\xBF${text.slice(1)}`;
}

function badEscape(column: string, at: number, length: number): SyntaxError {
  return new SyntaxError(
    `"${column.slice(at, at + length)}" is no escape; a backslash is written as \\\\`,
  );
}
