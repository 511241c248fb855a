import type { ListedLines } from "../../listing/list-lines.ts";
import type { ListForm } from "../../listing/list-form.ts";
import type { ListingSummary } from "../../listing/listing-summary.ts";
import { listFrom, type ListParallelOptions } from "../../ranges/list-parallel.ts";
import type { OpenRange } from "../../ranges/open-range.ts";
import type { FolderListing, PageSource } from "../../ranges/page-source.ts";
import type { S3Bucket } from "../../s3/client.ts";
import { WrittenLines } from "../../stream/written-lines.ts";
import type { LinesThreadData, Trouble } from "./lines-thread.ts";
import { type LinesAsk, type LinesWorker, OwnLines, type PageOfLines } from "./lines-worker.ts";
import { OwnThread, owned, type ThreadPlace } from "./own-thread.ts";
import { ShownPage } from "./shown-page.ts";

/** Who lists. */
export interface LinesCrewOptions extends ThreadPlace {
  readonly bucket: S3Bucket;
  readonly data: LinesThreadData;
  /** What the lines are taken to be written in: the form that `data` says. */
  readonly form: ListForm;
  /** Threads that share the work, this one among them. */
  readonly workers: number;
  /** Takes what was wanted. */
  readonly summary: ListingSummary;
  readonly signal: AbortSignal;
}

/**
 * Threads begin after so many pages: what these have cost by then is about what a thread costs to begin, so no listing takes much more
 * than it would have to.
 */
const pagesForThreads = 100;

/** Lists a bucket to lines, in this thread and, where there is much to list, in others. To be closed at the end. */
export class LinesCrew implements PageSource<MadePage> {
  readonly #options: LinesCrewOptions;
  readonly #ended = new AbortController();
  readonly #members: Member[];
  /** Threads, also those that do not list yet. */
  readonly #threads: LinesThread[] = [];
  #failure: { readonly error: unknown } | undefined;
  #pages = 0;
  #isClosing = false;

  constructor(options: LinesCrewOptions) {
    const { bucket, data, signal } = options;
    this.#options = options;
    const either = AbortSignal.any([signal, this.#ended.signal]);
    this.#members = [{ worker: new OwnLines(bucket, data, either), underWay: 0 }];
    either.addEventListener("abort", () => {
      for (const thread of this.#threads) thread.fail(either.reason as Error);
    });
  }

  /** How many threads list by now. */
  get size(): number {
    return this.#members.length;
  }

  /** Lists as `listLines` does; the prefix, and what requests ask for, are the crew's. */
  lines(
    options: Omit<ListParallelOptions, "prefix" | "pageSize" | "restoreStatus" | "counters">,
  ): AsyncGenerator<ListedLines, void> {
    const { query } = this.#options.data;
    return listFrom<MadePage, ListedLines>(
      { ...options, prefix: query.prefix, pageSize: query.pageSize },
      {
        source: () => this,
        make: (page) => this.#take(page),
        drop: (page) => this.#settle(page),
        spillableOf: ({ lines }) => lines,
      },
    );
  }

  async list(range: OpenRange): Promise<MadePage> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const { after, upTo, token, part } = range;
    const page = ++this.#pages;
    const member = this.#idlest();
    member.underWay++;
    let made: PageOfLines;
    try {
      made = await member.worker.list({ page, after, upTo, token, part });
    } finally {
      member.underWay--;
    }
    const { workers } = this.#options;
    const isLong = page >= pagesForThreads && !made.shown.isLast;
    while (isLong && !this.#isClosing && this.#threads.length < workers - 1) this.#hire();
    return new MadePage(member.worker, page, made, upTo);
  }

  async cut(page: MadePage, upTo: Uint8Array): Promise<MadePage> {
    const made = await page.lister.cut(page.range, upTo);
    return new MadePage(page.lister, page.range, made, upTo);
  }

  names(folder: Uint8Array): Promise<FolderListing> {
    return this.#idlest().worker.names(folder);
  }

  /** Ends what is under way; gives what threads besides this one have met with. */
  async close(): Promise<Trouble> {
    this.#isClosing = true;
    const troubles = await Promise.all(this.#threads.map((thread) => thread.close()));
    this.#ended.abort();
    return {
      retries: troubles.reduce((sum, { retries }) => sum + retries, 0),
      throttled: troubles.reduce((sum, { throttled }) => sum + throttled, 0),
    };
  }

  #take(page: MadePage): ListedLines {
    this.#settle(page);
    const { lines, lineCount, lastKey, sums } = page.made;
    this.#options.summary.addClasses(sums);
    const bytes = Buffer.from(lines.buffer);
    return {
      lines: new WrittenLines(bytes, lineCount, this.#options.form),
      listed: page.count,
      lastKey,
    };
  }

  #settle({ lister, range }: MadePage): void {
    lister.settle(range);
  }

  #hire(): void {
    const thread = new LinesThread(this.#options);
    this.#threads.push(thread);
    thread.opened.then(
      () => this.#members.push({ worker: thread, underWay: 0 }),
      (error: unknown) => (this.#failure ??= { error }),
    );
  }

  /** Who has the fewest requests under way: pages are not bound to who has listed the ones before. */
  #idlest(): Member {
    return this.#members.reduce((a, b) => (b.underWay < a.underWay ? b : a));
  }
}

interface Member {
  readonly worker: LinesWorker;
  underWay: number;
}

/** A page of which lines were made, as the splitter sees it. */
class MadePage extends ShownPage {
  readonly lister: LinesWorker;
  readonly made: PageOfLines;
  readonly #upTo: Uint8Array | undefined;

  constructor(
    lister: LinesWorker,
    page: number,
    made: PageOfLines,
    upTo: Uint8Array | undefined,
    count?: number,
  ) {
    super({ worker: 0, range: page }, made.shown, upTo, count);
    this.lister = lister;
    this.made = made;
    this.#upTo = upTo;
  }

  /** Those that are within the end that was named: of no others lines were made. */
  override first(count: number): MadePage {
    return new MadePage(this.lister, this.range, this.made, this.#upTo, count);
  }
}

/** Lists in a thread of its own. */
class LinesThread implements LinesWorker {
  /** Resolves when it can list. */
  readonly opened: Promise<void>;
  readonly #thread: OwnThread;
  /** Pages that will not be cut; told with the next that is asked for. */
  #settled: number[] = [];
  #isOpen = false;

  constructor({ data, ...place }: LinesCrewOptions) {
    this.#thread = new OwnThread({ lines: data }, place);
    this.opened = this.#thread.calls
      .call<void>("open", undefined)
      .then(() => void (this.#isOpen = true));
  }

  list(ask: LinesAsk): Promise<PageOfLines> {
    const settled = this.#settled;
    this.#settled = [];
    const { after, upTo } = ask;
    const sent = { ...ask, after: owned(after), upTo: owned(upTo), settled };
    return this.#thread.calls.call("list", sent);
  }

  cut(page: number, upTo: Uint8Array): Promise<PageOfLines> {
    return this.#thread.calls.call("cut", [page, owned(upTo)]);
  }

  settle(page: number): void {
    this.#settled.push(page);
  }

  names(folder: Uint8Array): Promise<FolderListing> {
    return this.#thread.calls.call("names", owned(folder));
  }

  /** Fails what is under way, and all that is asked for later. */
  fail(error: Error): void {
    this.#thread.calls.fail(error);
  }

  async close(): Promise<Trouble> {
    this.#thread.expectEnd();
    const none = { retries: 0, throttled: 0 };
    // One that has died, or has not begun, has met with nothing that anybody knows of.
    const trouble = this.#isOpen
      ? await this.#thread.calls.call<Trouble>("trouble", undefined).catch(() => none)
      : none;
    await this.#thread.end();
    return trouble;
  }
}
