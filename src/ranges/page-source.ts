import type { OpenRange } from "./open-range.ts";
import type { SortedPage } from "./sorted-page.ts";

/** A page that may lie elsewhere, and does not know of each of its keys where it stands. */
export interface DistantPage<Self> extends SortedPage<Self> {
  /** Whether it knows how many of its keys are not behind `upTo`. */
  knows(upTo: Uint8Array | undefined): boolean;
}

/** Lists pages, in this thread or in others. */
export interface PageSource<Page> {
  /** Lists the next page of a range. */
  list(range: OpenRange): Promise<Page>;
  /** The same page, as one that knows how many of its keys are not behind `upTo`. */
  cut(page: Page, upTo: Uint8Array): Promise<Page>;
  /** The names right in a folder; undefined when they could not be had. */
  names(folder: Uint8Array): Promise<FolderListing | undefined>;
}

/** The names right in a folder, in order. */
export interface FolderListing {
  readonly names: readonly Uint8Array[];
  readonly truncated: boolean;
}
