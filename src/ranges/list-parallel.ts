import type { Counters } from "../counters.ts";
import type { S3Bucket } from "../s3/client.ts";
import { type Clock, systemClock } from "../s3/clock.ts";
import { S3Error } from "../s3/error.ts";
import type { ListedObject } from "../s3/list-objects.ts";
import { TransportError } from "../s3/transport.ts";
import type { Spillable, WaitingPages } from "../stream/waiting-pages.ts";
import { AdaptiveLimit } from "./adaptive-limit.ts";
import { fetchNames, fetchPage, type PageQuery } from "./fetch-page.ts";
import type { KeyRange } from "./key-range.ts";
import { KeySpace } from "./key-space.ts";
import { isDirectoryBucket, listInTurn } from "./list-in-turn.ts";
import type { ListedObjects, ListedPage } from "./listed-page.ts";
import type { OpenRange } from "./open-range.ts";
import type { DistantPage, FolderListing, PageSource } from "./page-source.ts";
import { boundsOf, rangeOf } from "./range-bounds.ts";
import { Splitter, type SplitterRequest } from "./splitter.ts";

/** What to list, and how. */
export interface ListParallelOptions {
  readonly prefix?: string | undefined;
  /** Only keys behind this one, which need not exist. */
  readonly startAfter?: string | undefined;
  /** Only keys up to and with this one, which need not exist. */
  readonly stopAt?: string | undefined;
  /** Whether pages come in the order of keys. It takes memory for the window, and more requests the smaller that is. */
  readonly ordered: boolean;
  /** How many requests are under way at a time; left out, as many as bring more, up to `maxConcurrency`. */
  readonly concurrency?: number | undefined;
  /** 64 unless told otherwise: beyond, requests are wasted faster than time is won, except in buckets of many millions. */
  readonly maxConcurrency?: number | undefined;
  /** What stands above `concurrency` and `windowPages`, where several listings share what they may have. */
  readonly budget?: ListingBudget | undefined;
  /**
   * The most pages under way or waiting for those before them, when ordered; 640 in memory, or 10,240 with `waiting`, unless told
   * otherwise. A border between ranges costs half a page, so order costs about concurrency / (2 x windowPages) more requests.
   */
  readonly windowPages?: number | undefined;
  /** Where pages wait for those before them, so that few are in memory; for what is made of pages that can be put away. */
  readonly waiting?: WaitingPages | undefined;
  /** Keys to ask for at a time; S3 gives at most, and by default, 1000. */
  readonly pageSize?: number | undefined;
  /** Asks for the restore state of archived objects. */
  readonly restoreStatus?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Counts the `Objects` and `Bytes` of the bucket. */
  readonly counters?: Counters | undefined;
  /**
   * Told of each range that could not be listed though the client has tried again, and why; the rest is listed. Left out, the first such
   * failure ends the listing. One that would meet all of the bucket always does.
   */
  readonly onRangeFailed?: ((range: KeyRange, error: Error) => void) | undefined;
  readonly clock?: Clock | undefined;
}

/** What a listing may have at a time. It is asked again and again, so it can change. */
export interface ListingBudget {
  /** Requests under way, 1 at least. */
  readonly limit: number;
  /** As in `ListParallelOptions`. */
  readonly windowPages: number;
  /** Told of each reply, and of how many requests of the listing were under way with it; `now` is in milliseconds. */
  noteReply(underWay: number, now: number): void;
}

/** As many requests at a time as bring more, up to so many, unless told otherwise. */
export const defaultMaxConcurrency = 64;

/** So many pages wait at most in memory for those before them, unless told otherwise: 64 MB as lines. */
export const windowPagesInMemory = 640;

/**
 * So many where they can be put away: 1 GB in a file, if so much has to wait. Of ten million keys with 64 requests at a time that
 * takes 2 to 5 requests in a hundred too many; with 4096 it is twice as many.
 */
export const windowPagesInFile = 10_240;

const defaultPageSize = 1000;

/** S3's longest key, in bytes of UTF-8. */
const maxKeyBytes = 1024;

/**
 * Lists a bucket, or a part of it, by many requests at a time. Every key comes exactly once, or in a range that is told as failed. A
 * directory bucket cannot be listed so: it is listed page after page, unordered.
 */
export function listParallel(
  bucket: S3Bucket,
  options: ListParallelOptions,
): AsyncGenerator<readonly ListedObject[], void> {
  return listParallelAs(bucket, options, ({ rows, objects }) => {
    rows.release();
    return objects;
  });
}

/**
 * The same with something made of each page as soon as it comes: so what waits for its turn in an ordered listing can be smaller than
 * a page is, as its lines. `make` gives the memory of the page's rows back, unless it keeps them. `spillableOf` tells what of it is
 * put away by `waiting`.
 */
export async function* listParallelAs<Made>(
  bucket: S3Bucket,
  options: ListParallelOptions,
  make: (page: ListedObjects) => Made,
  spillableOf?: (made: Made) => Spillable,
): AsyncGenerator<Made, void> {
  const counted = (page: ListedObjects): Made => {
    count(page, bucket, options);
    return make(page);
  };
  if (isDirectoryBucket(bucket)) {
    options.signal?.throwIfAborted();
    for await (const page of listInTurn(bucket, options)) yield counted(page);
    return;
  }
  yield* listFrom<ListedPage, Made>(options, {
    source: (signal) => new OwnPages(bucket, options, signal),
    make: counted,
    drop: ({ rows }) => rows.release(),
    spillableOf,
  });
}

/** Where the pages of a listing come from, and what becomes of them. */
export interface PagesMade<Page, Made> {
  /** What lists them until the signal says that no more are wanted; throws for names that could not be had. */
  readonly source: (signal: AbortSignal) => PageSource<Page>;
  /** Makes what is given out of a page. */
  readonly make: (page: Page) => Made;
  /** Takes a page of which nothing is wanted. */
  readonly drop?: ((page: Page) => void) | undefined;
  readonly spillableOf?: ((made: Made) => Spillable) | undefined;
}

/** The same of pages that somebody else lists: all of the options but for what the requests are like. */
export async function* listFrom<Page extends DistantPage<Page>, Made>(
  options: Omit<ListParallelOptions, "counters" | "restoreStatus">,
  pages: PagesMade<Page, Made>,
): AsyncGenerator<Made, void> {
  const { prefix, startAfter, stopAt, signal } = options;
  signal?.throwIfAborted();
  const bounds = boundsOf({ prefix, after: startAfter, upTo: stopAt });
  if (bounds === undefined) return;
  const listing = new Listing(options, bounds, pages);
  try {
    for (;;) {
      listing.ask();
      const page = listing.take();
      if (page !== undefined) yield page.made;
      else if (listing.isDone) break;
      else await listing.change();
    }
  } finally {
    listing.end();
  }
  listing.check();
}

/** Pages that are listed in this thread. */
class OwnPages implements PageSource<ListedPage> {
  readonly #bucket: S3Bucket;
  readonly #query: PageQuery;
  readonly #signal: AbortSignal;

  constructor(
    bucket: S3Bucket,
    { prefix = "", pageSize, restoreStatus }: ListParallelOptions,
    signal: AbortSignal,
  ) {
    this.#bucket = bucket;
    this.#query = { prefix, pageSize, restoreStatus };
    this.#signal = signal;
  }

  list(range: OpenRange): Promise<ListedPage> {
    return fetchPage(this.#bucket, this.#query, range, this.#signal);
  }

  cut(page: ListedPage): Promise<ListedPage> {
    return Promise.resolve(page);
  }

  names(folder: Uint8Array): Promise<FolderListing> {
    return fetchNames(this.#bucket, this.#query, folder, this.#signal);
  }
}

/** What was made of a page, in a box: it may be undefined. */
interface Waiting<Made> {
  readonly made: Made;
  /** What of it waits for its turn. */
  spillable?: Spillable;
}

/** A listing under way: asks what the splitter wants to know, and keeps the pages until they are taken. */
class Listing<Page extends DistantPage<Page>, Made> {
  readonly #options: ListParallelOptions;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #source: PageSource<Page>;
  readonly #splitter: Splitter<Page, Waiting<Made>>;
  readonly #budget: ListingBudget;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #spillableOf: ((made: Made) => Spillable) | undefined;
  readonly #ready: Waiting<Made>[] = [];
  /** What was made of the page that has come last. */
  #newest: Waiting<Made> | undefined;
  #underWay = 0;
  #hasListed = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(
    options: ListParallelOptions,
    bounds: { readonly after: Uint8Array | undefined; readonly upTo: Uint8Array | undefined },
    { source, make, drop, spillableOf }: PagesMade<Page, Made>,
  ) {
    const { prefix = "", signal, clock = systemClock } = options;
    this.#options = options;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#signal = signal ? AbortSignal.any([signal, this.#ended.signal]) : this.#ended.signal;
    this.#source = source(this.#signal);
    this.#budget = options.budget ?? ownBudget(options, clock);
    this.#spillableOf = spillableOf;
    this.#splitter = new Splitter({
      ...bounds,
      slots: this.#budget.limit,
      pageSize: options.pageSize ?? defaultPageSize,
      ordered: options.ordered,
      windowPages: this.#windowPages,
      space: new KeySpace(maxKeyBytes - Buffer.byteLength(prefix)),
      hold: (page) => {
        this.#newest = { made: make(page) };
        return this.#newest;
      },
      drop,
    });
  }

  /** Whether nothing is left to wait for. Throws what ended the listing. */
  get isDone(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#underWay === 0;
  }

  /** Sends as many requests as may be under way now. Nothing is sent but from here, so nothing while a page waits to be taken. */
  ask(): void {
    this.#options.signal?.throwIfAborted();
    this.#splitter.slots = this.#budget.limit;
    this.#splitter.windowPages = this.#windowPages;
    while (this.#failure === undefined) {
      const request = this.#splitter.next(this.#ready.length);
      if (request === undefined) return;
      this.#underWay++;
      void this.#answer(request);
    }
  }

  take(): Waiting<Made> | undefined {
    const page = this.#ready.shift();
    if (page?.spillable !== undefined) this.#options.waiting!.take(page.spillable);
    return page;
  }

  /** Resolves when a page has come, or a failure, or the end. */
  change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  end(): void {
    this.#ended.abort();
  }

  check(): void {
    this.#splitter.check();
  }

  async #answer(request: SplitterRequest<Waiting<Made>>): Promise<void> {
    try {
      if (request.kind === "page") await this.#list(request.range);
      else await this.#lookInto(request.folder);
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#budget.noteReply(this.#underWay, this.#clock.now());
    this.#underWay--;
    this.#wake?.();
  }

  async #list(range: OpenRange<Waiting<Made>>): Promise<void> {
    let page: Page;
    try {
      page = await this.#source.list(range);
      // The range may be cut while it is found out where its end lies in the page.
      while (!page.knows(range.upTo)) page = await this.#source.cut(page, range.upTo!);
    } catch (error) {
      this.#fail(range, error);
      return;
    }
    this.#hasListed = true;
    const given = this.#splitter.received(range, page);
    this.#giveOut(given);
    this.#keepUnless(given);
  }

  /** Where pages cannot be put away there is room for those in memory alone. */
  get #windowPages(): number {
    const { waiting } = this.#options;
    const { windowPages } = this.#budget;
    if (waiting === undefined || waiting.hasRoom) return windowPages;
    return Math.ceil((windowPages * windowPagesInMemory) / windowPagesInFile);
  }

  /** Puts the page that has come where pages wait, unless it is given out. */
  #keepUnless(given: readonly Waiting<Made>[]): void {
    const page = this.#newest;
    this.#newest = undefined;
    const { waiting } = this.#options;
    if (page === undefined || waiting === undefined || this.#spillableOf === undefined) return;
    if (given.includes(page)) return;
    page.spillable = this.#spillableOf(page.made);
    waiting.keep(page.spillable);
  }

  /** A failure to see a folder's names does no harm: they only serve to guess better. */
  async #lookInto(folder: Uint8Array): Promise<void> {
    let names: FolderListing | undefined;
    try {
      names = await this.#source.names(folder);
    } catch (error) {
      if (this.#signal.aborted || isAboutAll(error)) throw error;
    }
    this.#splitter.receivedFolder(folder, names);
  }

  #fail(range: OpenRange<Waiting<Made>>, error: unknown): void {
    const told = this.#options.onRangeFailed;
    // Before any page has come it is the whole that cannot be listed.
    if (told === undefined || !this.#hasListed || this.#signal.aborted || isAboutAll(error)) {
      throw error;
    }
    const given = this.#splitter.failed(range);
    told(rangeOf(this.#prefix, range), error as Error);
    this.#giveOut(given);
  }

  #giveOut(pages: readonly Waiting<Made>[]): void {
    for (const page of pages) this.#ready.push(page);
  }
}

/** The budget of a listing that shares with no other. */
function ownBudget(options: ListParallelOptions, clock: Clock): ListingBudget {
  const { concurrency, maxConcurrency, waiting } = options;
  const { windowPages = waiting === undefined ? windowPagesInMemory : windowPagesInFile } = options;
  if (concurrency !== undefined) return { limit: concurrency, windowPages, noteReply: () => {} };
  const adaptive = new AdaptiveLimit(maxConcurrency ?? defaultMaxConcurrency, clock.now());
  return {
    get limit() {
      return adaptive.limit;
    },
    windowPages,
    noteReply: (underWay, now) => adaptive.noteReply(underWay, now),
  };
}

function count(
  { rows, count }: ListedObjects,
  bucket: S3Bucket,
  { counters }: ListParallelOptions,
): void {
  if (counters === undefined) return;
  counters.add(bucket.name, "Objects", count);
  counters.add(bucket.name, "Bytes", rows.bytesOf(count));
}

/** Whether an error would meet all of the bucket, or is a bug. */
export function isAboutAll(error: unknown): boolean {
  if (error instanceof S3Error) return !error.isAboutOneObject;
  return !(error instanceof TransportError);
}
