import { withPreviousCharacter } from "../../ranges/byte-text.ts";
import { listedPage, type ListedPage } from "../../ranges/listed-page.ts";
import { textOf } from "../../ranges/range-bounds.ts";
import type { S3Bucket } from "../../s3/client.ts";
import { listObjects } from "../../s3/list-objects.ts";
import { UnexpectedReplyError } from "../../s3/unexpected-reply.ts";

/** What all who list a target know of it. */
export interface TargetKnown {
  /** Whether a page of it has come. */
  isListed: boolean;
  /** Behind this key, without its prefix, there are none; undefined as long as nobody knows. */
  last: Uint8Array | undefined;
  /** Whether it has none at all. */
  isEmpty: boolean;
}

/** How a target is listed. */
export interface TargetListing {
  readonly bucket: S3Bucket;
  readonly prefix: string;
  readonly pageSize: number | undefined;
  readonly known: TargetKnown;
  readonly signal: AbortSignal;
}

/**
 * A listing of the target that goes along with a range of the source, a page at a time: its pages are asked for by key, and so where
 * both sides are the same they are the same keys.
 */
export class TargetCursor {
  readonly #listing: TargetListing;
  readonly #part: number;
  #after: Uint8Array | undefined;
  /** Keys up to this one are passed over. */
  #least: Uint8Array | undefined;
  #token: string | undefined;
  #page: ListedPage | undefined;
  #at = 0;
  #hasEnded = false;
  #loading: Promise<void> | undefined;

  /** @param after Where it begins: behind this key. */
  constructor(listing: TargetListing, after: Uint8Array | undefined, part: number) {
    this.#listing = listing;
    this.#after = after;
    this.#part = part;
  }

  /**
   * Goes on behind this key, if it is not there: where an interval could not be compared, its keys are still to come, and must not be
   * taken for what only the target has of the next.
   */
  seek(after: Uint8Array | undefined): void {
    this.#least = after;
    this.#passOver();
  }

  /** The page with the next key, undefined behind the last; to be had after `load`. */
  get page(): ListedPage | undefined {
    return this.#page;
  }

  /** Where the next key is in the page. */
  get at(): number {
    return this.#at;
  }

  /** Goes on by so many keys of the page. */
  move(count: number): void {
    this.#at += count;
    if (this.#page !== undefined && this.#at === this.#page.count) {
      this.#after = this.#page.keyAt(this.#at - 1);
      this.#release();
    }
  }

  /** Passes over the keys before this one; those that are not here are not asked for. */
  skipTo(key: Uint8Array): void {
    const page = this.#page!;
    const upTo = page.countUpTo(key);
    const hasKey = upTo > 0 && Buffer.compare(page.keyAt(upTo - 1), key) === 0;
    this.move((hasKey ? upTo - 1 : upTo) - this.#at);
    const before = this.#page === undefined ? textBefore(textOf(key)) : undefined;
    if (before === undefined || isFrom(this.#after!, Buffer.from(before))) return;
    this.#after = Buffer.from(before);
    this.#token = undefined;
  }

  /** Asks for the page with the next key, where it is not here. */
  async load(): Promise<void> {
    while (this.#page === undefined && !this.#hasEnded) await this.#next();
  }

  /** The same ahead of time; what goes wrong is for `load` to tell. */
  prefetch(): void {
    if (this.#page === undefined && !this.#hasEnded) this.#next().catch(() => {});
  }

  /** Gives the memory back. */
  close(): void {
    this.#hasEnded = true;
    this.#release();
  }

  #next(): Promise<void> {
    this.#loading ??= this.#ask().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async #ask(): Promise<void> {
    const { bucket, prefix, pageSize, known, signal } = this.#listing;
    const after = this.#after;
    const token = this.#token;
    if (
      known.isEmpty ||
      (known.last !== undefined && after !== undefined && isFrom(after, known.last))
    ) {
      this.#hasEnded = true;
      return;
    }
    const query = {
      prefix,
      startAfter: after && token === undefined ? prefix + textOf(after) : undefined,
      continuationToken: token,
      maxKeys: pageSize,
      part: this.#part,
    };
    const page = listedPage(await listObjects(bucket, query, { signal }), prefix, after);
    if (page.count === 0 && token !== undefined && page.token === token) {
      throw new UnexpectedReplyError(`the list does not go on after ${JSON.stringify(token)}`);
    }
    known.isListed = true;
    if (this.#hasEnded) return page.rows.release();
    if (page.isLast) {
      known.last = page.count > 0 ? page.keyAt(page.count - 1) : (after ?? known.last);
      known.isEmpty = page.count === 0 && after === undefined;
    }
    // A page without keys is gone on from by its token: by the key before it, it would come again.
    this.#token = page.count === 0 ? page.token : undefined;
    this.#hasEnded = page.count === 0 && page.isLast;
    if (page.count === 0) return page.rows.release();
    this.#page = page;
    this.#at = 0;
    this.#passOver();
  }

  #passOver(): void {
    const least = this.#least;
    if (least === undefined) return;
    if (this.#page !== undefined) this.move(Math.max(0, this.#page.countUpTo(least) - this.#at));
    if (this.#page !== undefined || (this.#after !== undefined && isFrom(this.#after, least)))
      return;
    this.#after = least;
    this.#token = undefined;
  }

  #release(): void {
    this.#page?.rows.release();
    this.#page = undefined;
  }
}

/** The last character that is one. */
const lastCharacter = "\u{10fffd}";

/** S3's longest key, in bytes of UTF-8. */
const maxKeyBytes = 1024;

/**
 * A text before a key with hardly anything between the two; undefined where there is none that every server takes, without control
 * characters.
 */
function textBefore(key: string): string | undefined {
  const before = withPreviousCharacter(key);
  if (before === undefined || before.at(-1)! < " ") return undefined;
  const text = before + lastCharacter;
  return Buffer.byteLength(text) <= maxKeyBytes ? text : before;
}

/** Whether a key is another, or behind it. */
function isFrom(key: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(key, other) >= 0;
}
