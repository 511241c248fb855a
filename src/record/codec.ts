import type { Page } from "../stream/pages.ts";
import { escapeColumn, none, unescapeColumn } from "./escape.ts";

/** How a record is written as a line, and read from one. Lines are without their line end. */
export interface Codec<T> {
  /** Throws a SyntaxError that says what is wrong with the line; who reads adds its number. */
  decode(line: string): T;
  encode(record: T): string;
  /**
   * Makes a page of lines, in UTF-8 and separated by LF, without decoding each; the page keeps the bytes. Gives undefined for lines that
   * have to be decoded one by one, among them all of which one is wrong. A codec may do without.
   */
  readonly pageOf?: ((lines: Buffer) => Page<T> | undefined) | undefined;
}

/**
 * Cuts a line into its columns: at least `least`, at most `most`. One empty column more at the end is let pass, because
 * Hadoop's TextOutputFormat adds a tab to a line that had none and other tools do to any.
 */
export function columnsOf(line: string, least: number, most: number): string[] {
  const columns = line.split("\t");
  if (columns.length > most && columns.at(-1) === "") columns.pop();
  if (columns.length < least || columns.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    const found = columns.length === 1 ? "1 column" : `${columns.length} columns`;
    throw new SyntaxError(`it has ${found}, not ${wanted} separated by tabs`);
  }
  return columns;
}

/** Reads a key. */
export function decodeKey(column: string): string {
  if (column === "" || column === none)
    throw new SyntaxError("its first column, the key, is empty");
  return unescapeColumn(column);
}

/** Reads a text that may be none. */
export function decodeText(column: string): string | undefined {
  return column === none ? undefined : unescapeColumn(column);
}

/** Writes a text that may be none. */
export function encodeText(text: string | undefined): string {
  return text === undefined ? none : escapeColumn(text);
}

/** Reads a whole number from 0 up. */
export function decodeCount(column: string, name: string): number {
  const value = Number(column);
  if (!/^\d+$/.test(column) || !Number.isSafeInteger(value)) {
    throw new SyntaxError(`its ${name} is "${column}", not a whole number`);
  }
  return value;
}
