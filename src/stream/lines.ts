import { isUtf8 } from "node:buffer";
import type { Writable } from "node:stream";
import { UserError } from "../errors.ts";
import type { Codec } from "../record/codec.ts";
import { LineBuffer } from "./line-buffer.ts";
import type { Pages } from "./pages.ts";

/** The longest line that is read, in bytes: a key of 1,024 bytes, each escaped, is 4 KiB, an upload id some hundred. */
const maxLineBytes = 1 << 20;

/** The most characters that are given to the output at a time, plus a line; a page may hold many times that. */
const maxWriteLength = 1 << 20;

const newline = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = Buffer.from("\ufeff");

/** Where lines come from, and how they are to be read. */
export interface LineSource {
  /** As it is named in an error: `standard input`, or a file's name. */
  readonly name: string;
  /** Chunks that nobody writes to any more: a page may be made of them later. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Columns to drop at the head of each line: 1 where Hadoop puts a line's offset there. */
  readonly skipColumns?: number | undefined;
  /** Whether empty lines and those that begin with `#` are passed over. */
  readonly comments?: boolean | undefined;
}

/**
 * Reads records from lines that end with LF or CR LF; the last may lack it. A byte order mark at the start is dropped, as Hadoop does.
 * Throws a UserError that names the line when one is malformed, longer than 1 MiB, or not UTF-8; records before it are passed on first.
 */
export async function* readRecords<T>(
  source: LineSource,
  codec: Pick<Codec<T>, "decode" | "pageOf">,
): Pages<T> {
  const { name, skipColumns = 0, comments = false } = source;
  const read = { lines: 0 };
  for await (const lines of linePages(source, read)) {
    if (skipColumns === 0 && !comments) {
      const whole = codec.pageOf?.(lines);
      if (whole !== undefined) {
        read.lines += whole.length;
        yield whole;
        continue;
      }
    }
    const page: T[] = [];
    for (const whole of lines.toString().split("\n")) {
      read.lines++;
      const line = skipColumns === 0 ? whole : afterColumns(whole, skipColumns);
      if (comments && (line === "" || line.startsWith("#"))) continue;
      try {
        page.push(codec.decode(line));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        if (page.length > 0) yield page;
        throw new UserError(
          "usage",
          `cannot read line ${read.lines} of ${name}: ${error.message}`,
          {
            hint: `the line is: ${JSON.stringify(line.slice(0, 200))}`,
          },
        );
      }
    }
    if (page.length > 0) yield page;
  }
}

/**
 * Drops the CR at the end of lines, which is none of theirs: a column carries its own as an escape. Written on, it would cut the
 * line in two for Hadoop and Hive.
 */
function withoutReturns(lines: Buffer): Buffer {
  if (!lines.includes(carriageReturn)) return lines;
  // In Latin-1 each byte is a character, and the other way round.
  return Buffer.from(lines.toString("latin1").replaceAll(/\r(?=\n|$)/g, ""), "latin1");
}

/**
 * Cuts bytes where lines end: gives, for what each read brings, the whole lines there are, without the last one's LF. Who takes them
 * counts them, for errors.
 */
async function* linePages(
  { name, bytes }: LineSource,
  taken: { readonly lines: number },
): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let first = true;
  for await (const some of bytes) {
    let chunk = Buffer.from(some.buffer, some.byteOffset, some.byteLength);
    const end = chunk.lastIndexOf(newline);
    if (end < 0) {
      rest.push(Buffer.from(chunk));
      restBytes += chunk.length;
      if (restBytes > maxLineBytes) throw tooLong(taken.lines + 1);
      continue;
    }
    const tail = chunk.subarray(end + 1);
    chunk = chunk.subarray(0, end);
    if (restBytes > 0) chunk = Buffer.concat([...rest, chunk]);
    rest = tail.length > 0 ? [Buffer.from(tail)] : [];
    restBytes = tail.length;
    yield checked(chunk);
  }
  if (restBytes > 0) yield checked(Buffer.concat(rest));

  function checked(chunk: Buffer): Buffer {
    let from = 0;
    if (first) {
      first = false;
      if (chunk.subarray(0, 3).equals(byteOrderMark)) from = 3;
    }
    if (isUtf8(chunk)) return withoutReturns(chunk.subarray(from));
    // Which line it is, is worth finding out only now.
    let number = taken.lines;
    for (let at = 0; at <= chunk.length;) {
      const lineEnd = chunk.indexOf(newline, at);
      const stop = lineEnd < 0 ? chunk.length : lineEnd;
      number++;
      if (!isUtf8(chunk.subarray(at, stop))) break;
      at = stop + 1;
    }
    throw new UserError("usage", `cannot read line ${number} of ${name}: it is not UTF-8`);
  }

  function tooLong(number: number): UserError {
    return new UserError(
      "usage",
      `cannot read line ${number} of ${name}: it is longer than ${maxLineBytes} bytes`,
    );
  }
}

function afterColumns(line: string, count: number): string {
  let at = 0;
  for (let i = 0; i < count; i++) {
    const tab = line.indexOf("\t", at);
    if (tab < 0) return "";
    at = tab + 1;
  }
  return line.slice(at);
}

/** Our output was closed while there were records left to write, as `| head` does. */
export class OutputClosed extends Error {
  override readonly name: string = "OutputClosed";
}

/**
 * Writes records as lines, a page at a time, and waits for the reader of them. A page of columns writes its own lines, and no record of
 * it is made; it cannot be had afterwards. Throws OutputClosed when there is no reader any more.
 */
export async function writeRecords<T>(
  output: Writable,
  pages: Pages<T>,
  codec: Pick<Codec<T>, "encode">,
): Promise<void> {
  const lines = new LineBuffer();
  for await (const page of pages) {
    const { columns } = page;
    if (columns?.codec === codec) {
      columns.writeLines(lines);
      columns.release();
      await write(output, lines.written());
      if (isDoneWithBytes(output)) lines.clear();
      else lines.renew();
      continue;
    }
    let text = "";
    for (const record of page) {
      text += `${codec.encode(record)}\n`;
      if (text.length < maxWriteLength) continue;
      await write(output, text);
      text = "";
    }
    if (text !== "") await write(output, text);
  }
}

/**
 * Whether an output has no more use for bytes that it says are written. One with a file descriptor has then given them to the system;
 * another may pass them on as they are, for somebody to read later, as a PassThrough does.
 */
function isDoneWithBytes(output: Writable): boolean {
  return "fd" in output && typeof output.fd === "number";
}

function write(output: Writable, lines: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    output.write(lines, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(isClosed(error) ? new OutputClosed("output closed", { cause: error }) : error);
    });
  });
}

function isClosed(error: Error & { code?: string }): boolean {
  return error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED" || error.code === "EOF";
}
