import { AdaptiveLimit } from "./adaptive-limit.ts";
import type { KeySpace } from "./key-space.ts";
import { isAboutAll } from "./list-parallel.ts";
import type { OpenRange } from "./open-range.ts";
import type { DistantPage, PageSource } from "./page-source.ts";
import type { RangeBounds } from "./range-bounds.ts";
import { Splitter, type SplitterRequest } from "./splitter.ts";
import type { Clock } from "../s3/clock.ts";

/** The keys of a range's interval (after, upTo] that are listed: the first `count` of a page, which may be none. */
export interface Settled<Page> extends RangeBounds {
  readonly range: OpenRange;
  readonly page: Page;
  readonly count: number;
}

/** What to list, and whom to tell. */
export interface RangeListingOptions<Page> {
  readonly source: PageSource<Page>;
  /** What to list, without the prefix; ranges in order, none of which touches another. */
  readonly ranges: readonly RangeBounds[];
  readonly space: KeySpace;
  /** How many pages are listed or worked on at a time; with `adaptive`, as many as bring more, up to so many. */
  readonly pages: number;
  readonly adaptive: boolean;
  readonly pageSize: number;
  readonly clock: Clock;
  /** Told of each page; it resolves when the next page of the range may be listed. */
  settled(settled: Settled<Page>): Promise<void>;
  /** Told as it begins how to ask for the number of keys that are thought to be left. */
  readonly onBegin?: ((expectedLeft: () => number) => void) | undefined;
  /** Told of a range that could not be listed, though the client has tried again; the rest is listed. */
  failed(range: RangeBounds, error: unknown): void;
  readonly signal: AbortSignal;
}

/**
 * Lists ranges unordered, by many requests at a time, for who works on the pages: none is asked for where the one before is not worked
 * off. Rejects with an error that would meet all of the bucket, or that `settled` rejects with.
 */
export async function listRanges<Page extends DistantPage<Page>>(
  options: RangeListingOptions<Page>,
): Promise<void> {
  await new RangeListing(options).run();
}

class RangeListing<Page extends DistantPage<Page>> {
  readonly #options: RangeListingOptions<Page>;
  readonly #splitter: Splitter<Page, Page>;
  readonly #limit: Pick<AdaptiveLimit, "limit" | "noteReply">;
  #asked = 0;
  /** Pages that are worked on. */
  #inHand = 0;
  #hasListed = false;
  readonly #end = Promise.withResolvers<void>();

  constructor(options: RangeListingOptions<Page>) {
    const { ranges, pages, adaptive, pageSize, space, clock } = options;
    this.#options = options;
    this.#limit = adaptive
      ? new AdaptiveLimit(pages, clock.now())
      : { limit: pages, noteReply: () => {} };
    this.#splitter = new Splitter<Page, Page>({
      ranges,
      slots: this.#limit.limit,
      pageSize,
      ordered: false,
      windowPages: 0,
      space,
      hold: (page) => page,
    });
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const abort = (): void => this.#end.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#options.onBegin?.(() => this.#splitter.expectedLeft);
    try {
      this.#ask();
      await this.#end.promise;
    } finally {
      signal.removeEventListener("abort", abort);
    }
    this.#splitter.check();
  }

  /** Sends as many requests as there may be now. */
  #ask(): void {
    if (this.#options.signal.aborted) return;
    this.#splitter.slots = this.#limit.limit;
    for (;;) {
      const request = this.#splitter.next(this.#inHand);
      if (request === undefined) break;
      this.#asked++;
      void this.#answer(request);
    }
    if (this.#asked + this.#inHand === 0) this.#end.resolve();
  }

  async #answer(request: SplitterRequest<Page>): Promise<void> {
    try {
      if (request.kind === "page") await this.#list(request.range);
      else {
        const names = await this.#options.source.names(request.folder);
        this.#splitter.receivedFolder(request.folder, names);
      }
      this.#limit.noteReply(this.#asked + this.#inHand, this.#options.clock.now());
      this.#asked--;
      this.#ask();
    } catch (error) {
      this.#end.reject(error);
    }
  }

  async #list(range: OpenRange<Page>): Promise<void> {
    const { source, signal } = this.#options;
    let page: Page;
    try {
      page = await source.list(range);
      // The range may be cut while it is found out where its end lies in the page.
      while (!page.knows(range.upTo)) page = await source.cut(page, range.upTo!);
    } catch (error) {
      // Before any page has come it is the whole that cannot be listed.
      if (!this.#hasListed || signal.aborted || isAboutAll(error)) throw error;
      this.#options.failed({ after: range.after, upTo: range.upTo }, error);
      this.#splitter.failed(range);
      return;
    }
    this.#hasListed = true;
    const { after, upTo } = range;
    const [taken] = this.#splitter.received(range, page);
    const settledUpTo = range.isDone ? upTo : range.after;
    // A page that ended before its first key settles nothing.
    if (!range.isDone && taken === undefined) return;
    range.isPaused = true;
    this.#inHand++;
    void this.#options
      .settled({ range, page, count: taken?.count ?? 0, after, upTo: settledUpTo })
      .then(() => {
        range.isPaused = false;
        this.#inHand--;
        this.#ask();
      })
      .catch((error: unknown) => this.#end.reject(error));
  }
}
