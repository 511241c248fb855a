import { BadReply } from "./bad-reply.ts";

/** The head of a reply, and how the body after it ends. */
export interface ReplyHead {
  readonly status: number;
  /** Names in lower case; values as Latin-1 strings; those of a header that came several times joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Bytes of body, as announced; undefined when they come in chunks, or end with the connection. */
  readonly length: number | undefined;
  readonly chunked: boolean;
  /** Whether the server will take another request on the connection. */
  readonly keepAlive: boolean;
  /** How long the server says that it keeps an idle connection, in milliseconds. */
  readonly keepAliveMs: number | undefined;
}

/** A header's name with its colon as it came, and in lower case. */
interface Name {
  readonly raw: string;
  readonly lower: string;
}

/** Names that are known by heart, at most; a server that invents more of them gets them checked each time. */
const maxNames = 1000;

/**
 * Reads heads of replies, all of one server. A server sends the same headers in the same order nearly always, so each
 * line is first compared with the name that stood there the last time: it saves to cut out, check and fold the names.
 */
export class HeadReader {
  readonly #names = new Map<string, Name>();
  readonly #expected: Name[] = [];

  /**
   * Reads a head out of a text that begins with it and has its end, the empty line. Throws a BadReply for what RFC 9112 does not
   * allow, and for all that two readers could take for different things (section 11): lengths that contradict each other, unknown
   * codings, folded lines, line ends that are none.
   */
  read(text: string, end: number): ReplyHead {
    const minor = text.charCodeAt(7) - digit0;
    const status =
      (text.charCodeAt(9) - digit0) * 100 +
      (text.charCodeAt(10) - digit0) * 10 +
      (text.charCodeAt(11) - digit0);
    const after = text.charCodeAt(12);
    if (
      !text.startsWith("HTTP/1.") ||
      (minor !== 0 && minor !== 1) ||
      text.charCodeAt(8) !== blank ||
      !(status >= 100 && status <= 999) ||
      !isDigits(text, 9, 12) ||
      (after !== blank && after !== carriageReturn)
    ) {
      throw new BadReply("the reply does not begin as one of HTTP/1.1");
    }

    const headers = new Headers();
    let length: number | undefined;
    let chunked = false;
    let keepAlive = minor === 1;
    let keepAliveMs: number | undefined;

    let at = lineEnd(text, 12) + 2;
    for (let i = 0; at < end; i++) {
      const stop = lineEnd(text, at);
      let name = this.#expected[i];
      if (name === undefined || !text.startsWith(name.raw, at)) {
        name = this.#nameAt(text, at, stop);
        this.#expected[i] = name;
      }
      const { lower } = name;
      const value = trimmed(text, at + name.raw.length, stop);
      const before = headers[lower];
      headers[lower] = before === undefined ? value : `${before}, ${value}`;
      switch (lower) {
        case "content-length":
          if (before !== undefined) throw new BadReply("the reply has two lengths");
          length = lengthOf(value);
          break;
        case "transfer-encoding":
          if (before !== undefined || value.toLowerCase() !== "chunked" || minor === 0) {
            throw new BadReply(`the body of the reply comes in an unknown coding`);
          }
          chunked = true;
          break;
        case "connection":
          if (/(?:^|[ \t,])close(?:$|[ \t,])/i.test(value)) keepAlive = false;
          else if (minor === 0) keepAlive = /(?:^|[ \t,])keep-alive(?:$|[ \t,])/i.test(value);
          break;
        case "keep-alive": {
          const seconds = /(?:^|[ \t,])timeout=(\d{1,6})/i.exec(value)?.[1];
          if (seconds !== undefined) keepAliveMs = Number(seconds) * 1000;
          break;
        }
        default:
      }
      at = stop + 2;
    }
    if (chunked && length !== undefined) {
      throw new BadReply("the body of the reply has a length and comes in chunks");
    }
    return { status, headers, length, chunked, keepAlive, keepAliveMs };
  }

  #nameAt(text: string, at: number, stop: number): Name {
    const colon = text.indexOf(":", at);
    if (colon < 0 || colon >= stop) throw new BadReply("the reply has a header without a colon");
    const known = this.#names.get(text.slice(at, colon + 1));
    if (known !== undefined) return known;
    // A copy: a slice would keep the text of the whole head in memory.
    const raw = Buffer.from(text.slice(at, colon + 1), "latin1").toString("latin1");
    if (!headerName.test(raw)) throw new BadReply("the reply has a header whose name is none");
    const name = { raw, lower: raw.slice(0, -1).toLowerCase() };
    if (this.#names.size < maxNames) this.#names.set(raw, name);
    return name;
  }
}

/** An object without a prototype, so that no header's name means anything to it; made by a class, it stays fast to fill. */
const Headers = function () {} as unknown as { new (): Record<string, string | undefined> };
Headers.prototype = Object.create(null);

/** RFC 9110's token, and the colon. A line that goes on from the one before begins with a blank, which is in none. */
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:$/;

const digit0 = 48;
const blank = 32;
const tab = 9;
const carriageReturn = 13;

/** Where the line that `at` is in ends, before its line end. A CR or LF alone is a line end for some and none for others. */
function lineEnd(text: string, at: number): number {
  const stop = text.indexOf("\r", at);
  if (stop < 0 || text.indexOf("\n", at) !== stop + 1) {
    throw new BadReply("a line of the reply's head does not end as it must");
  }
  return stop;
}

function trimmed(text: string, from: number, to: number): string {
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (from < to && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(unit: number): boolean {
  return unit === blank || unit === tab;
}

function isDigits(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - digit0;
    if (!(digit >= 0 && digit <= 9)) return false;
  }
  return true;
}

function lengthOf(value: string): number {
  // Fifteen digits are below the largest safe integer.
  if (value.length === 0 || value.length > 15 || !isDigits(value, 0, value.length)) {
    throw new BadReply("the length of the reply is no number");
  }
  return Number(value);
}
