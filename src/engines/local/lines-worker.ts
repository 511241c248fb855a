import type { EntryFilter } from "../../listing/entry-filter.ts";
import { formOf, type FormWords } from "../../listing/list-form.ts";
import { LineMaker } from "../../listing/list-lines.ts";
import { ListingSummary, type Sum } from "../../listing/listing-summary.ts";
import {
  fetchNames,
  fetchPage,
  type PagePosition,
  type PageQuery,
} from "../../ranges/fetch-page.ts";
import type { ListedPage } from "../../ranges/listed-page.ts";
import type { FolderListing } from "../../ranges/page-source.ts";
import type { S3Bucket } from "../../s3/client.ts";
import { showKeys, type ShownKeys } from "./shown-page.ts";

/** Which lines a listing has: plain data. */
export interface LinesJob {
  readonly query: PageQuery;
  readonly filter: EntryFilter;
  /** Left out: no lines are made, only sums. */
  readonly form: FormWords | undefined;
}

/** Asks for the next page of a range, and for the lines of its keys that are not behind `upTo`. */
export interface LinesAsk extends PagePosition {
  /** What the page is called from now on. */
  readonly page: number;
  readonly upTo: Uint8Array | undefined;
}

/** A page as who cuts the ranges sees it, and what was made of those of its keys that are `within`: plain data. */
export interface PageOfLines {
  readonly shown: ShownKeys;
  /** In memory that has nothing else in it. */
  readonly lines: Uint8Array<ArrayBuffer>;
  readonly lineCount: number;
  /** The last of the keys, with its prefix; empty where there are none. */
  readonly lastKey: string;
  /** What was wanted, by storage class. */
  readonly sums: readonly (readonly [name: string, sum: Sum])[];
}

/** Lists pages and makes their lines: in this thread or in another. */
export interface LinesWorker {
  list(ask: LinesAsk): Promise<PageOfLines>;
  /** The same page again, cut at another key. */
  cut(page: number, upTo: Uint8Array): Promise<PageOfLines>;
  /** Told that a page will not be cut any more. */
  settle(page: number): void;
  names(folder: Uint8Array): Promise<FolderListing>;
}

/** Lists, and makes lines, in this thread. */
export class OwnLines implements LinesWorker {
  readonly #bucket: S3Bucket;
  readonly #query: PageQuery;
  readonly #maker: LineMaker;
  readonly #signal: AbortSignal;
  /** Those that may be cut. */
  readonly #pages = new Map<number, ListedPage>();

  constructor(bucket: S3Bucket, { query, filter, form }: LinesJob, signal: AbortSignal) {
    this.#bucket = bucket;
    this.#query = query;
    this.#maker = new LineMaker({ filter, form: form && formOf(form) });
    this.#signal = signal;
  }

  async list(ask: LinesAsk): Promise<PageOfLines> {
    const page = await fetchPage(this.#bucket, this.#query, ask, this.#signal);
    this.#pages.set(ask.page, page);
    return this.#make(page, ask.upTo);
  }

  async cut(page: number, upTo: Uint8Array): Promise<PageOfLines> {
    return this.#make(this.#pages.get(page)!, upTo);
  }

  settle(page: number): void {
    this.#pages.get(page)?.rows.release();
    this.#pages.delete(page);
  }

  names(folder: Uint8Array): Promise<FolderListing> {
    return fetchNames(this.#bucket, this.#query, folder, this.#signal);
  }

  #make(page: ListedPage, upTo: Uint8Array | undefined): PageOfLines {
    const shown = showKeys(page, upTo);
    const summary = new ListingSummary();
    if (shown.within === 0) {
      return { shown, lines: new Uint8Array(), lineCount: 0, lastKey: "", sums: [] };
    }
    const { lines, lastKey } = this.#maker.make(page.first(shown.within), summary);
    const lineCount = lines.length;
    return { shown, lines: lines.handOver(), lineCount, lastKey, sums: summary.classes };
  }
}
