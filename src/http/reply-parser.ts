import { BadReply } from "./bad-reply.ts";
import { type BytesSink, ChunkedBody } from "./chunked-body.ts";
import { HeadReader, type ReplyHead } from "./reply-head.ts";

/** Is told of a reply as it arrives. */
export interface ReplySink extends BytesSink {
  /** The head of the final reply is here. Not called for interim ones, of status 1xx. */
  onHead(head: ReplyHead): void;
}

/** The longest head of a reply, in bytes. S3's have up to 2 KB of metadata in them; other servers' own limits are 8 to 64 KiB. */
export const maxHeadBytes = 64 * 1024;

/** How much of what arrived is looked through for the end of a head at first, in characters; nearly all heads are shorter. */
const likelyHeadBytes = 2048;

const part = { nothing: 0, head: 1, length: 2, chunks: 3, untilClose: 4 };

/**
 * Reads replies out of what a connection brings, wherever that is cut; bytes of bodies are handed on where they lie. One reply
 * at a time: `begin`, then `consume` until `isWhole`.
 */
export class ReplyParser {
  /** Bytes that are left of a body whose length is known; 0 otherwise. */
  left = 0;

  readonly #heads = new HeadReader();
  #part = part.nothing;
  #hasBody = true;
  /** The beginning of a head whose end is not here. */
  #beginning: Buffer | undefined;
  #chunks: ChunkedBody | undefined;

  /** Gets ready for the reply to a request of this method. */
  begin(method: string): void {
    this.#part = part.head;
    this.#hasBody = method !== "HEAD";
    this.left = 0;
  }

  /** Whether the reply has ended, or none is expected. */
  get isWhole(): boolean {
    return this.#part === part.nothing;
  }

  /** Reads bytes of a buffer, up to the end of the reply, and gives the index after the last one. Throws a BadReply. */
  consume(buffer: Buffer, from: number, to: number, sink: ReplySink): number {
    let at = from;
    while (at < to) {
      switch (this.#part) {
        case part.head:
          at = this.#consumeHead(buffer, at, to, sink);
          break;
        case part.length: {
          const end = Math.min(to, at + this.left);
          this.left -= end - at;
          if (this.left === 0) this.#part = part.nothing;
          sink.onBytes(buffer, at, end);
          at = end;
          break;
        }
        case part.chunks:
          at = this.#chunks!.consume(buffer, at, to, sink);
          if (this.#chunks!.isWhole) this.#part = part.nothing;
          break;
        case part.untilClose:
          sink.onBytes(buffer, at, to);
          return to;
        default:
          return at;
      }
    }
    return at;
  }

  /** The connection has ended: tells whether the reply has. */
  end(): boolean {
    if (this.#part === part.untilClose) this.#part = part.nothing;
    return this.isWhole;
  }

  #consumeHead(buffer: Buffer, from: number, to: number, sink: ReplySink): number {
    const beginning = this.#beginning;
    if (beginning === undefined) {
      let limit = Math.min(to, from + likelyHeadBytes);
      let text = buffer.toString("latin1", from, limit);
      let end = text.indexOf(emptyLine);
      if (end < 0 && limit < to) {
        limit = Math.min(to, from + maxHeadBytes);
        text = buffer.toString("latin1", from, limit);
        end = text.indexOf(emptyLine);
      }
      if (end >= 0) return from + this.#head(text, end, sink);
      refuseGarbage(text);
      this.#beginning = Buffer.from(buffer.subarray(from, limit));
      return limit;
    }
    const before = beginning.length;
    const limit = Math.min(to, from + maxHeadBytes + emptyLine.length - before);
    const both = Buffer.concat([beginning, buffer.subarray(from, limit)]);
    const end = both.indexOf(emptyLine, Math.max(0, before - emptyLine.length), "latin1");
    if (end >= 0) {
      this.#beginning = undefined;
      const text = both.toString("latin1", 0, end + emptyLine.length);
      return from + this.#head(text, end, sink) - before;
    }
    refuseGarbage(both.toString("latin1", 0, 8));
    if (both.length >= maxHeadBytes) throw new BadReply("the head of the reply has no end");
    this.#beginning = both;
    return limit;
  }

  /** Reads a whole head, and gives the index after it. */
  #head(text: string, end: number, sink: ReplySink): number {
    const head = this.#heads.read(text, end);
    const { status, length, chunked } = head;
    const next = end + emptyLine.length;
    if (status < 200) {
      // Nobody asked to go over to another protocol.
      if (status === 101) throw new BadReply("the reply is in another protocol");
      return next;
    }
    if (!this.#hasBody || status === 204 || status === 304 || length === 0) {
      this.#part = part.nothing;
    } else if (chunked) {
      this.#part = part.chunks;
      this.#chunks = new ChunkedBody();
    } else if (length === undefined) {
      this.#part = part.untilClose;
    } else {
      this.#part = part.length;
      this.left = length;
    }
    sink.onHead(head);
    return next;
  }
}

const emptyLine = "\r\n\r\n";

/** What does not begin like a reply never will; to wait for its end would be to wait for a timeout. */
function refuseGarbage(text: string): void {
  const beginning = "HTTP/1.";
  if (!beginning.startsWith(text.slice(0, beginning.length))) {
    throw new BadReply("what came is no reply of HTTP/1.1");
  }
  if (text.length >= maxHeadBytes) throw new BadReply("the head of the reply has no end");
}
