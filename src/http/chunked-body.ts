import { BadReply } from "./bad-reply.ts";

/** Takes the bytes of a body as they are found. */
export interface BytesSink {
  /** The bytes of `buffer` from `from` up to `to`, which will be overwritten when the call has returned. */
  onBytes(buffer: Uint8Array, from: number, to: number): void;
}

/** The longest line of a chunk's size with its extensions, and all trailers together, in bytes. */
const maxLineBytes = 16 * 1024;

/** The largest chunk, in bytes; far over any, and far below the numbers that are not exact. */
const maxChunkBytes = 2 ** 48;

const line = { size: 0, sizeEnd: 1, extension: 2, data: 3, dataEnd: 4, dataEndLf: 5, trailer: 6 };

/** Reads a body in chunks (RFC 9112, section 7.1), wherever the pieces that it arrives in are cut. */
export class ChunkedBody {
  /** Whether its end is here. */
  isWhole = false;

  #state = line.size;
  /** The size of the chunk, then what is left of it. */
  #left = 0;
  #digits = 0;
  /** Bytes of the line, or of the trailers, so far. */
  #lineBytes = 0;
  /** The line so far: 0 when nothing is in it, 1 after its CR, 2 when it has anything. */
  #trailerLine = 0;

  /** Reads bytes of a buffer, and gives the index after the last one that belongs to the body. Throws a BadReply. */
  consume(buffer: Uint8Array, from: number, to: number, sink: BytesSink): number {
    let at = from;
    while (at < to && !this.isWhole) {
      if (this.#state === line.data) {
        const take = Math.min(this.#left, to - at);
        sink.onBytes(buffer, at, at + take);
        at += take;
        this.#left -= take;
        if (this.#left === 0) this.#state = line.dataEnd;
      } else {
        this.#byte(buffer[at]!);
        at++;
      }
    }
    return at;
  }

  #byte(byte: number): void {
    switch (this.#state) {
      case line.size: {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          this.#left = this.#left * 16 + digit;
          this.#digits++;
          if (this.#left > maxChunkBytes) throw bad();
        } else if (this.#digits === 0) {
          throw bad();
        } else if (byte === cr) {
          this.#state = line.sizeEnd;
        } else if (byte === semicolon || byte === blank || byte === tab) {
          this.#state = line.extension;
        } else {
          throw bad();
        }
        this.#count();
        break;
      }
      case line.extension:
        if (byte === cr) this.#state = line.sizeEnd;
        else if (byte === lf) throw bad();
        this.#count();
        break;
      case line.sizeEnd:
        if (byte !== lf) throw bad();
        this.#lineBytes = 0;
        this.#state = this.#left === 0 ? line.trailer : line.data;
        break;
      case line.dataEnd:
        if (byte !== cr) throw bad();
        this.#state = line.dataEndLf;
        break;
      case line.dataEndLf:
        if (byte !== lf) throw bad();
        this.#digits = 0;
        this.#state = line.size;
        break;
      default:
        this.#trailer(byte);
    }
  }

  /** Trailers are read over: S3 sends none that are not in the head. */
  #trailer(byte: number): void {
    this.#count();
    if (byte === lf) {
      if (this.#trailerLine === 0) throw bad();
      if (this.#trailerLine === 1) this.isWhole = true;
      this.#trailerLine = 0;
    } else if (byte === cr && this.#trailerLine === 0) {
      this.#trailerLine = 1;
    } else if (this.#trailerLine === 1) {
      throw bad();
    } else {
      this.#trailerLine = 2;
    }
  }

  #count(): void {
    this.#lineBytes++;
    if (this.#lineBytes > maxLineBytes) throw bad();
  }
}

const cr = 13;
const lf = 10;
const tab = 9;
const blank = 32;
const semicolon = 59;

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

function bad(): BadReply {
  return new BadReply("the chunks of the reply's body are none");
}
