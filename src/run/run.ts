import type { KeyRange } from "../ranges/key-range.ts";
import type { RunRates } from "./pace-meter.ts";

/** What came of some keys, in numbers that add up: `listed` = `filtered` + `same` + `copied` + `skipped` + `failed`. */
export interface RunCounts {
  /** Keys of the source. */
  readonly listed: number;
  /** Those that the filters pass over. */
  readonly filtered: number;
  readonly same: number;
  readonly copied: number;
  readonly skipped: number;
  readonly failed: number;
  /** Keys that only the target had and that are gone now, and those that could not be deleted. */
  readonly deleted: number;
  readonly undeleted: number;
  /** The bytes of what was copied. */
  readonly bytes: number;
}

/** The keys behind `after` up to and with `upTo`, of which all is done that is to be done. */
export interface SettledRange {
  /** Left out: from the first key on. */
  readonly after?: string | undefined;
  /** Left out: to the last key. */
  readonly upTo?: string | undefined;
  readonly counts: RunCounts;
}

/** Work that is told to a run before it is begun. */
export interface BegunWork {
  readonly file: number;
}

/**
 * What an engine sees of a run that is kept: where to go on, and whom to tell. All of it is called
 * by one thread; the promises bound what waits to be written, so an engine waits for each before it
 * takes more work.
 */
export interface RunJournal {
  /** The ranges that nobody has settled yet, in order: all keys, for a run that is new. */
  remaining(): readonly Pick<KeyRange, "after" | "upTo">[];
  /**
   * Notes what is about to be changed, before the first request that does: an entry's line
   * (`entryCodec`, with `change=` where it is known) for each object that is to be copied or
   * deleted. After a kill it tells which uploads may have been left and which objects may have been
   * done without anybody having written it down. Resolves when it is safe to begin.
   */
  begin(lines: Uint8Array): Promise<BegunWork>;
  /**
   * Takes a settled range with the result lines of all its keys that needed work, and what was begun
   * for them. It is on the disk a few seconds later, or with `finish`; until then a resume does the
   * range again. A range that was settled before is passed over.
   */
  commit(range: SettledRange, lines: Uint8Array, begun?: readonly BegunWork[]): Promise<void>;
  /** Tells how far it is, with what processes before have settled, for those who ask from elsewhere; never waits. */
  note(progress: RunProgress, rates?: RunRates): void;
}

/** How far a run is, with what is under way. */
export interface RunProgress {
  readonly counts: RunCounts;
  readonly requests: number;
  readonly retries: number;
  readonly throttled: number;
  /** How many objects there are in all, where that is known or can be guessed. */
  readonly expectedObjects?: number | undefined;
}

/** Nothing yet. */
export const noCounts: RunCounts = {
  listed: 0,
  filtered: 0,
  same: 0,
  copied: 0,
  skipped: 0,
  failed: 0,
  deleted: 0,
  undeleted: 0,
  bytes: 0,
};

/** Adds up what came of two ranges. */
export function addCounts(a: RunCounts, b: RunCounts): RunCounts {
  return {
    listed: a.listed + b.listed,
    filtered: a.filtered + b.filtered,
    same: a.same + b.same,
    copied: a.copied + b.copied,
    skipped: a.skipped + b.skipped,
    failed: a.failed + b.failed,
    deleted: a.deleted + b.deleted,
    undeleted: a.undeleted + b.undeleted,
    bytes: a.bytes + b.bytes,
  };
}
