import type { CompareMode } from "../../compare/compare-mode.ts";
import type { EntryFilter } from "../../listing/entry-filter.ts";
import type { FolderListing } from "../../ranges/page-source.ts";
import type { RangeBounds } from "../../ranges/range-bounds.ts";
import type { BegunWork, RunCounts } from "../../run/run.ts";
import type { HttpClient } from "../../s3/http-client.ts";
import type { CopyOptions } from "../../stages/copy-options.ts";
import type { OnUnknownParts } from "../../stages/multipartlist.ts";
import type { PlainError } from "./plain-error.ts";
import type { ShownKeys } from "./shown-page.ts";

/** How one side of a job is reached: the options of a command line. */
export interface JobSide {
  readonly bucket: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly addressing?: "path" | "virtual";
  readonly requesterPays?: true;
  readonly expectedOwner?: string;
  readonly http?: HttpClient;
}

/** A copy of a bucket, or of the keys with one prefix, to another: plain data, that travels to threads and is kept with a run. */
export interface Job {
  readonly source: JobSide;
  readonly target: JobSide;
  /** What the source's keys begin with; in the target `toPrefix` stands in its place. */
  readonly prefix: string;
  readonly toPrefix: string;
  /** By what objects are taken to be the same, and not copied; left out: the target is not looked at. */
  readonly compare?: CompareMode | undefined;
  /** Deletes what only the target has. */
  readonly delete?: boolean | undefined;
  /** Where the source's entries come from, in place of a listing: an address as `listAddress` reads it, its path absolute. */
  readonly list?: string | undefined;
  /** Whether that list is to be sorted first. */
  readonly sortList?: boolean | undefined;
  /** What is passed over, at both sides: a key of the target by the one it would have at the source. Patterns are of what is behind `prefix`. */
  readonly filter: EntryFilter;
  readonly copy: CopyOptions;
  readonly onUnknownParts?: OnUnknownParts | undefined;
  readonly exactParts?: boolean | undefined;
  /** Objects of so many bytes and more are not copied but given as entries, for somebody else to copy. */
  readonly handOverBytes?: number | undefined;
  /** Goes on with uploads that an earlier try has begun. */
  readonly reuseUploads?: boolean | undefined;
  /** Changes nothing, and gives what it would change as entries. */
  readonly dryRun?: boolean | undefined;
  /** Which results are given: of all that was done, or of what was skipped or failed. */
  readonly results: "all" | "undone";
}

/** What is asked of a worker for a range: its next page. */
export interface PageAsk {
  readonly range: number;
  /** Without the prefix, as all keys here. */
  readonly after: Uint8Array | undefined;
  readonly upTo: Uint8Array | undefined;
  readonly token: string | undefined;
  readonly part: number;
}

/** The interval (after, upTo]: its keys are the first `count` of the page that was listed of a range. */
export interface PageTaken {
  readonly range: number;
  readonly count: number;
  readonly after: Uint8Array | undefined;
  readonly upTo: Uint8Array | undefined;
  /** Whether no more pages of the range come. */
  readonly isDone: boolean;
}

/** The interval (after, upTo] of a list: its entries, as lines without the last line end. */
export interface ListTaken {
  readonly lines: Uint8Array;
  readonly after: Uint8Array | undefined;
  readonly upTo: Uint8Array | undefined;
}

/** What came of an interval, or of a piece of one, when all of it is done. */
export interface IntervalDone extends RangeBounds {
  readonly counts: RunCounts;
  /** Keys of the target that were listed. */
  readonly targets: number;
  /** Whether something of it is left for another try: it was not compared, or the work was given up as a whole. */
  readonly isUnsettled: boolean;
  /** Why its keys could not be compared. */
  readonly missed: PlainError | undefined;
  /** Result lines, or a dry run's entries. */
  readonly lines: Uint8Array;
  readonly begun: readonly BegunWork[];
}

/** What has been done by now, also of intervals that are not done; and requests of all kinds. */
export interface WorkerTally {
  readonly counts: RunCounts;
  readonly requests: number;
  readonly retries: number;
  readonly throttled: number;
}

/** Lists pages and does what they ask for: in this thread or in another. */
export interface JobWorker {
  list(ask: PageAsk): Promise<ShownKeys>;
  /** Shows the page of a range again, for another end. */
  show(range: number, upTo: Uint8Array): Promise<ShownKeys>;
  /** The names right in a folder. */
  names(folder: Uint8Array): Promise<FolderListing>;
  /**
   * Compares and copies; `onRoom` is called when it takes the next page of the range. An interval of which the target has too many keys
   * to hold is done in pieces: this gives the last, when all before it are settled.
   */
  work(taken: PageTaken, onRoom: () => void): Promise<IntervalDone>;
  /** The same for entries of a list; `onRoom` is called when it takes more. */
  workList(taken: ListTaken, onRoom: () => void): Promise<IntervalDone>;
  tally(): WorkerTally;
  /**
   * Ends the work when all is settled that was taken, or with `giveUp` all that is begun. Rejects with what has ended the work before,
   * as a target that is not there.
   */
  close(giveUp: boolean): Promise<void>;
}

/** What a worker asks of who has the whole in view. */
export interface JobKeeper {
  /** Notes what is about to be changed, if a run is kept: entries' lines. */
  begin(lines: Uint8Array): Promise<BegunWork | undefined>;
  /** Whether so many objects may be deleted, `targets` more being known of the target. It may be long until that can be said. */
  mayDelete(count: number, targets: number): Promise<boolean>;
  /** Takes what came of a piece of an interval that is not the last. */
  settle(done: IntervalDone): Promise<void>;
}
