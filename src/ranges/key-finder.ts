import type { S3Bucket } from "../s3/client.ts";
import { listObjects, type ListPage, type ListQuery } from "../s3/list-objects.ts";
import { UnexpectedReplyError } from "../s3/unexpected-reply.ts";
import {
  behindPrefix,
  bytesOf,
  type ByteText,
  leastKeyFrom,
  maxKeyBytes,
  textOfBytes,
  withPreviousCharacter,
} from "./byte-text.ts";
import { isBefore, type KeyInterval } from "./key-interval.ts";
import { RequestsSpent } from "./request-limit.ts";

/** A bucket to look into, and how many requests it may take. */
export interface Looking {
  readonly bucket: S3Bucket;
  /** Only keys that begin with it. */
  readonly prefix: string;
  readonly maxRequests: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends list requests, and counts them: no more than may be. */
export class ListAsker {
  readonly #looking: Looking;
  requests = 0;

  constructor(looking: Looking) {
    this.#looking = looking;
  }

  get prefix(): string {
    return this.#looking.prefix;
  }

  async ask(query: ListQuery): Promise<ListPage> {
    const { bucket, maxRequests, signal } = this.#looking;
    if (this.requests >= maxRequests) throw new RequestsSpent("requests spent");
    this.requests++;
    const page = await listObjects(bucket, query, { signal });
    if (page.nextToken !== undefined && page.nextToken === query.continuationToken) {
      throw new UnexpectedReplyError(
        `the list does not go on after ${JSON.stringify(page.nextToken)}`,
      );
    }
    return page;
  }
}

/**
 * Tells whether intervals hold keys: asked in their order, so that an answer often settles the next
 * ones too.
 */
export class KeyFinder {
  readonly #asker: ListAsker;
  /** There is no key from here on up to `found`, which is one; undefined: to the end. */
  #known: { readonly from: ByteText; readonly found: ByteText | undefined } | undefined;

  constructor(asker: ListAsker) {
    this.#asker = asker;
  }

  /** Whether an interval holds a key now: one request, seldom more. */
  async hasKey({ from, before }: KeyInterval): Promise<boolean> {
    const known = this.#known;
    let found: ByteText | undefined;
    if (known !== undefined && known.from <= from && !isBefore(known.found, from)) {
      found = known.found;
    } else {
      found = await this.#firstFrom(from);
      this.#known = { from, found };
    }
    return found !== undefined && isBefore(found, before);
  }

  async #firstFrom(from: ByteText): Promise<ByteText | undefined> {
    let query: ListQuery = {
      prefix: this.#asker.prefix,
      startAfter: startAfterOf(from),
      maxKeys: 1,
    };
    for (;;) {
      const { objects, nextToken } = await this.#asker.ask(query);
      for (const { key } of objects) {
        const bytes = bytesOf(key);
        if (bytes >= from) return bytes;
      }
      if (nextToken === undefined) return undefined;
      query = { prefix: query.prefix, continuationToken: nextToken };
    }
  }
}

/** What a listing with a delimiter shows: a key, or all keys that begin with a common prefix. */
export interface ListedName {
  readonly kind: "key" | "folder";
  readonly name: ByteText;
}

/** All names of an interval. */
interface NamePage extends KeyInterval {
  readonly names: readonly ListedName[];
}

/**
 * Lists what is below a prefix with a delimiter, an interval after the other in order; it keeps the
 * page at hand.
 */
export class NameList {
  readonly #asker: ListAsker;
  readonly #prefix: string;
  readonly #delimiter: string;
  #page: NamePage | undefined;
  #token: string | undefined;

  constructor(
    asker: ListAsker,
    { prefix, delimiter }: { readonly prefix: ByteText; readonly delimiter: ByteText },
  ) {
    this.#asker = asker;
    this.#prefix = textOfBytes(prefix);
    this.#delimiter = textOfBytes(delimiter);
  }

  /** The names of an interval. It must not begin or end inside of a folder. */
  async *namesIn({ from, before }: KeyInterval): AsyncGenerator<ListedName, void> {
    for (let at: ByteText | undefined = from; at !== undefined && isBefore(at, before);) {
      const page: NamePage = await this.#pageFrom(at);
      for (const name of page.names) {
        if (name.name >= at && isBefore(name.name, before)) yield name;
      }
      at = page.before;
    }
  }

  async #pageFrom(at: ByteText): Promise<NamePage> {
    const last = this.#page;
    if (last !== undefined && last.from <= at && isBefore(at, last.before)) return last;
    const goesOn = last?.before === at;
    const { objects, commonPrefixes, nextToken } = await this.#asker.ask({
      prefix: this.#prefix,
      delimiter: this.#delimiter,
      startAfter: goesOn ? undefined : startAfterOf(at),
      continuationToken: goesOn ? this.#token : undefined,
    });
    const names: ListedName[] = [
      ...objects.map(({ key }) => ({ kind: "key" as const, name: bytesOf(key) })),
      ...commonPrefixes.map((name) => ({ kind: "folder" as const, name: bytesOf(name) })),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
    const end = names.at(-1);
    const before = nextToken === undefined ? undefined : end && endOf(end);
    this.#token = nextToken;
    // All that came may lie before the place that was asked for.
    const reached = nextToken !== undefined && !isBefore(at, before ?? at) ? at : before;
    this.#page = { from: at, before: reached, names };
    return this.#page;
  }
}

function endOf({ kind, name }: ListedName): ByteText | undefined {
  return kind === "key" ? `${name}\0` : behindPrefix(name);
}

/**
 * A key to list after so that what comes begins at `from`: as start-after leaves its own key out,
 * that is one before, and if possible one with no keys between. Who lists drops what comes before
 * `from`.
 */
function startAfterOf(from: ByteText): string | undefined {
  const text = textOfBytes(leastKeyFrom(from) ?? from);
  const last = text.codePointAt(text.length - (/[\udc00-\udfff]$/.test(text) ? 2 : 1)) ?? 0;
  const rest = text.slice(0, last > 0xffff ? -2 : -1);
  if (last <= 0x20) return rest || undefined;
  // Not a control character: servers and proxies may not take it.
  const isControl = last > 0x7f && last <= 0xa0;
  const before = (isControl ? `${rest}~` : withPreviousCharacter(text)!) + lastCharacter;
  return Buffer.byteLength(before) <= maxKeyBytes ? before : rest || undefined;
}

/**
 * U+10FFFD: hardly ever a key has one, so hardly any lies behind it and before the next character.
 */
const lastCharacter = "\u{10fffd}";
