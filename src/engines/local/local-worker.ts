import { compareEntries } from "../../compare/compare-entries.ts";
import type { CompareMode } from "../../compare/compare-mode.ts";
import { filterOf } from "../../listing/entry-filter.ts";
import { fetchNames, fetchPage } from "../../ranges/fetch-page.ts";
import { isAboutAll } from "../../ranges/list-parallel.ts";
import type { ListedPage } from "../../ranges/listed-page.ts";
import type { FolderListing } from "../../ranges/page-source.ts";
import type { RangeBounds } from "../../ranges/range-bounds.ts";
import type { Attributes } from "../../record/attributes.ts";
import { type Entry, entryCodec } from "../../record/entry.ts";
import { resultCodec } from "../../record/result.ts";
import { noCounts } from "../../run/run.ts";
import { undoneBy, undoneResult } from "../../stages/outcome.ts";
import { type Compared, compareInterval, type Findings } from "./compare-interval.ts";
import { Interval } from "./interval.ts";
import type {
  IntervalDone,
  Job,
  JobKeeper,
  JobWorker,
  ListTaken,
  PageAsk,
  PageTaken,
  WorkerTally,
} from "./job.ts";
import { plainError } from "./plain-error.ts";
import { RemovalLine } from "./removal-line.ts";
import { EntryKeys, ListedKeys, type PrefixBytes, type SourceKeys } from "./source-keys.ts";
import { showKeys, type ShownKeys } from "./shown-page.ts";
import { TargetCursor, type TargetKnown } from "./target-cursor.ts";
import { CopyLine, type CopyItem, type WorkContext } from "./copy-line.ts";

/** What a worker is made of. */
export interface LocalWorkerOptions extends Omit<WorkContext, "counts"> {
  readonly keeper: JobKeeper;
  /** Keys to ask for at a time; left out: as many as S3 gives. */
  readonly pageSize?: number | undefined;
  /** Whether what is to be changed is noted before. */
  readonly notesBegun: boolean;
  /** So many keys that only the target has end an interval; left out: `mostRemoved`. */
  readonly mostRemoved?: number | undefined;
  /** Totals of the requests of both sides. */
  readonly requests: () => Omit<WorkerTally, "counts">;
}

/** Keys that only the target has, in an interval: they are held, 500 bytes or more each, until they are deleted. */
const mostRemoved = 10_000;

/** Pieces of intervals that are being copied and deleted at a time: enough for the requests that delete. */
const mostPieces = 4;

/** What is to be worked on: the keys of the source in an interval, and those of the target, from a cursor. */
interface Part extends RangeBounds {
  readonly source: SourceKeys;
  readonly cursor: TargetCursor | undefined;
}

/** Lists, compares and copies in this thread. */
export class LocalWorker implements JobWorker {
  readonly #options: LocalWorkerOptions;
  readonly #counts = { ...noCounts };
  readonly #pages = new Map<number, ListedPage>();
  readonly #cursors = new Map<number, TargetCursor>();
  readonly #targetKnown: TargetKnown = { isListed: false, last: undefined, isEmpty: false };
  readonly #isWanted: ((entry: Entry) => boolean) | undefined;
  readonly #prefixBytes: PrefixBytes;
  /** Those under way. */
  readonly #intervals = new Set<Interval>();
  /** Pieces of intervals, but for the last ones, that are not settled. */
  readonly #pieces = new Map<Interval, Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  readonly #copies: CopyLine;
  readonly #removals: RemovalLine | undefined;

  constructor(options: LocalWorkerOptions) {
    const { job } = options;
    this.#options = options;
    this.#isWanted = filterOf(job.filter, job.prefix);
    this.#prefixBytes = {
      source: Buffer.byteLength(job.prefix),
      target: Buffer.byteLength(job.toPrefix),
    };
    const context = { ...options, counts: this.#counts };
    this.#copies = new CopyLine(context);
    this.#removals = job.delete === true ? new RemovalLine(context) : undefined;
    for (const line of [this.#copies, this.#removals]) {
      line?.stopped.catch((error: unknown) => this.#stop(error));
    }
  }

  async list(ask: PageAsk): Promise<ShownKeys> {
    const { job, source, pageSize, signal } = this.#options;
    this.#cursorOf(ask)?.prefetch();
    const query = { prefix: job.prefix, pageSize, restoreStatus: true };
    const page = await fetchPage(source, query, ask, signal);
    // One that had no keys may be here.
    this.#pages.get(ask.range)?.rows.release();
    this.#pages.set(ask.range, page);
    return showKeys(page, ask.upTo);
  }

  show(range: number, upTo: Uint8Array): Promise<ShownKeys> {
    return Promise.resolve(showKeys(this.#pageOf(range), upTo));
  }

  names(folder: Uint8Array): Promise<FolderListing> {
    const { job, source, signal } = this.#options;
    return fetchNames(source, { prefix: job.prefix }, folder, signal);
  }

  async work(taken: PageTaken, onRoom: () => void): Promise<IntervalDone> {
    const { range, count, after, upTo, isDone } = taken;
    const page = this.#pageOf(range);
    this.#pages.delete(range);
    const source = new ListedKeys(page, count, this.#prefixBytes, this.#isWanted);
    const cursor = this.#cursors.get(range);
    return this.#inPieces({ source, cursor, after, upTo }, onRoom, () => {
      page.rows.release();
      if (!isDone) return;
      cursor?.close();
      this.#cursors.delete(range);
    });
  }

  async workList({ lines, after, upTo }: ListTaken, onRoom: () => void): Promise<IntervalDone> {
    const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString();
    const each = text === "" ? [] : text.split("\n");
    const entries = each.map((line) => entryCodec.decode(line));
    const source = new EntryKeys(entries, this.#prefixBytes, this.#isWanted);
    const cursor = this.#newCursor(after, 0);
    return this.#inPieces({ source, cursor, after, upTo }, onRoom, () => cursor?.close());
  }

  tally(): WorkerTally {
    return { counts: this.#counts, ...this.#options.requests() };
  }

  async close(giveUp: boolean): Promise<void> {
    for (const page of this.#pages.values()) page.rows.release();
    for (const cursor of this.#cursors.values()) cursor.close();
    const end = giveUp ? "drop" : "end";
    await Promise.all([this.#copies[end](), this.#removals?.[end]()]);
  }

  /**
   * Does what is to be done for an interval, piece by piece; gives what came of the last. `onCompared` is called when nobody looks at
   * its keys any more.
   */
  async #inPieces(part: Part, onRoom: () => void, onCompared: () => void): Promise<IntervalDone> {
    const unsettled = new Set<Promise<void>>();
    for (let from = 0, { after } = part; ;) {
      const piece = this.#open({ after, upTo: part.upTo });
      const found = await this.#compare({ ...part, after }, from, piece);
      if (found.rest === undefined) {
        onCompared();
        await this.#begin(found, piece, onRoom);
        piece.close();
        await Promise.all(unsettled);
        return piece.done;
      }
      ({ from, after } = found.rest);
      piece.cut(after);
      const room = Promise.withResolvers<void>();
      await this.#begin(found, piece, room.resolve);
      piece.close();
      const settled = this.#settle(piece);
      unsettled.add(settled);
      // One that fails is waited for in the end.
      settled.then(() => unsettled.delete(settled)).catch(() => {});
      await Promise.race([room.promise, settled]);
      await this.#roomForPiece();
    }
  }

  #open(bounds: RangeBounds): Interval {
    if (this.#failure !== undefined) throw this.#failure.error;
    const interval = new Interval(bounds);
    this.#intervals.add(interval);
    const forget = (): unknown => this.#intervals.delete(interval);
    interval.done.then(forget, forget);
    return interval;
  }

  #settle(piece: Interval): Promise<void> {
    const settled = piece.done
      .then((came) => this.#options.keeper.settle(came))
      .finally(() => this.#pieces.delete(piece));
    this.#pieces.set(piece, settled);
    return settled;
  }

  /** Those that may not be deleted yet are not waited for: how many they are, who lets them go bounds. */
  async #roomForPiece(): Promise<void> {
    for (;;) {
      const busy = [...this.#pieces].filter(([{ isWaiting }]) => !isWaiting);
      if (busy.length < mostPieces) return;
      await Promise.race(busy.map(([, settled]) => settled));
    }
  }

  /** A line that has stopped will not come to the end of the intervals under way. */
  #stop(error: unknown): void {
    this.#failure ??= { error };
    for (const interval of this.#intervals) interval.fail(error);
  }

  async #begin(found: Found, interval: Interval, onRoom: () => void): Promise<void> {
    const { removed } = found;
    const copies = this.#handOver(found.copies, interval);
    const { job, keeper, notesBegun } = this.#options;
    if (job.dryRun === true) {
      // Whether it would be too much is told in the end. Nothing waits for that, and a run that fails before does not need it.
      if (this.#removals !== undefined) {
        keeper.mayDelete(removed.length, interval.targets).catch(() => {});
      }
      this.#tell(interval, copies, removed);
      onRoom();
      return;
    }
    const items = copies.map((copy) => ({ ...copy, interval }));
    if (notesBegun && copies.length + removed.length > 0) {
      const changes = [...copies.map(({ entry }) => entry), ...removed];
      const lines = changes.map((entry) => `${entryCodec.encode(entry)}\n`).join("");
      const begun = await keeper.begin(Buffer.from(lines));
      if (begun !== undefined) interval.begun.push(begun);
    }
    if (this.#removals !== undefined) void this.#remove(this.#removals, interval, removed);
    this.#copies.add(interval, items, onRoom);
  }

  /** Deletes when it is known that it is not too much, which may be long after. */
  async #remove(line: RemovalLine, interval: Interval, removed: readonly Entry[]): Promise<void> {
    interval.open(1);
    try {
      interval.isWaiting = true;
      const may = await this.#options.keeper.mayDelete(removed.length, interval.targets);
      interval.isWaiting = false;
      if (may) line.add(interval, removed);
      else line.refuse(interval, removed);
      interval.close();
    } catch (error) {
      interval.fail(error);
    }
  }

  /** Compares the source's keys from one on, up to the end or to where it is too much for one piece. */
  async #compare(
    { source, cursor, after, upTo }: Part,
    from: number,
    interval: Interval,
  ): Promise<Found & Pick<Compared, "rest">> {
    const { job, signal } = this.#options;
    const { count } = source;
    const rest = undefined;
    if (job.compare === undefined || cursor === undefined) {
      this.#count(interval, source, 0, count);
      return { copies: source.wanted(0, count).map((entry) => ({ entry })), removed: [], rest };
    }
    const found = new Differences(source, job, job.compare, this.#isWanted);
    try {
      const compared = await compareInterval(
        {
          source,
          from,
          target: cursor,
          after,
          upTo,
          bySameRows: modesByRows.has(job.compare),
          wantsRemoved: job.delete === true,
          mostRemoved: this.#options.mostRemoved ?? mostRemoved,
        },
        found,
      );
      interval.targets = compared.targets;
      this.#count(interval, source, from, compared.rest?.from ?? count);
      this.#add(interval, "same", found.same);
      return { copies: found.copies, removed: found.removed, rest: compared.rest };
    } catch (error) {
      // Before a page of it has come it is the whole target that cannot be listed.
      const isWhole = !this.#targetKnown.isListed || isAboutAll(error);
      if (signal.aborted || isWhole) throw error;
      // What the target has of these keys is not known: none of them is copied, and nothing is deleted.
      const undone = undoneBy(error, signal);
      // The keys that only the target has are no result's.
      if (job.delete === true) {
        interval.isUnsettled = true;
        interval.missed = plainError(error);
      }
      const failed = source.wanted(from, count);
      for (const entry of failed) {
        interval.addLine(resultCodec.encode(undoneResult(entry, undone)));
      }
      this.#count(interval, source, from, count);
      this.#add(interval, "failed", failed.length);
      return { copies: [], removed: [], rest };
    }
  }

  /** Counts keys of the source. */
  #count(interval: Interval, source: SourceKeys, from: number, upTo: number): void {
    this.#add(interval, "listed", upTo - from);
    this.#add(interval, "filtered", upTo - from - source.countWanted(from, upTo));
  }

  #add(interval: Interval, name: "listed" | "filtered" | "same" | "failed", count: number): void {
    interval.counts[name] += count;
    this.#counts[name] += count;
  }

  /** Tells large objects, if they are for somebody else to copy, and gives the others. */
  #handOver(copies: readonly Copy[], interval: Interval): readonly Copy[] {
    const { handOverBytes = Number.POSITIVE_INFINITY, dryRun } = this.#options.job;
    if (dryRun === true) return copies;
    // One of which S3 has to be asked whether it has changed stays here.
    const isLarge = ({ entry, other }: Copy): boolean =>
      other === undefined && entry.size >= handOverBytes;
    const large = copies.filter(isLarge);
    if (large.length === 0) return copies;
    for (const { entry } of large) {
      // What is copied whatever the target has, is added as far as anybody knows.
      const told = changed(entry, { change: "added", ...entry.attributes });
      interval.addLine(entryCodec.encode(told));
    }
    // Who copies them counts them.
    this.#add(interval, "listed", -large.length);
    return copies.filter((copy) => !isLarge(copy));
  }

  /** Tells what would be changed, where nothing is to be. */
  #tell(interval: Interval, copies: readonly Copy[], removed: readonly Entry[]): void {
    for (const { entry } of copies) {
      interval.addLine(entryCodec.encode(entry));
      interval.counts.copied++;
      interval.counts.bytes += entry.size;
    }
    for (const entry of removed) interval.addLine(entryCodec.encode(entry));
    interval.counts.deleted += removed.length;
  }

  #cursorOf({ range, after, part }: PageAsk): TargetCursor | undefined {
    const cursor = this.#cursors.get(range) ?? this.#newCursor(after, part);
    if (cursor !== undefined) this.#cursors.set(range, cursor);
    return cursor;
  }

  #newCursor(after: Uint8Array | undefined, part: number): TargetCursor | undefined {
    const { job, target, pageSize, signal } = this.#options;
    if (job.compare === undefined) return undefined;
    const place = { bucket: target, prefix: job.toPrefix, known: this.#targetKnown };
    return new TargetCursor({ ...place, pageSize, signal }, after, part);
  }

  #pageOf(range: number): ListedPage {
    const page = this.#pages.get(range);
    if (page === undefined) throw new Error(`no page of range ${range} is here`);
    return page;
  }
}

/** An object that is to be copied. */
type Copy = Omit<CopyItem, "interval">;

/** What is to be done about an interval. */
interface Found {
  readonly copies: readonly Copy[];
  readonly removed: readonly Entry[];
}

/** The modes in which objects with one ETag and one size are the same. */
const modesByRows: ReadonlySet<CompareMode> = new Set(["auto", "etag", "size"]);

/** What the two sides of an interval differ in. */
class Differences implements Findings, Found {
  same = 0;
  readonly copies: Copy[] = [];
  readonly removed: Entry[] = [];
  readonly #source: SourceKeys;
  readonly #job: Pick<Job, "prefix" | "toPrefix">;
  readonly #mode: CompareMode;
  readonly #isWanted: ((entry: Entry) => boolean) | undefined;

  constructor(
    source: SourceKeys,
    job: Pick<Job, "prefix" | "toPrefix">,
    mode: CompareMode,
    isWanted: ((entry: Entry) => boolean) | undefined,
  ) {
    this.#source = source;
    this.#job = job;
    this.#mode = mode;
    this.#isWanted = isWanted;
  }

  sameRows(from: number, upTo: number): void {
    this.same += this.#source.countWanted(from, upTo);
  }

  added(from: number, upTo: number): void {
    for (const entry of this.#source.wanted(from, upTo)) {
      this.copies.push({ entry: changed(entry, { change: "added" }) });
    }
  }

  pair(index: number, other: Entry): void {
    const [entry] = this.#source.wanted(index, index + 1);
    if (entry === undefined) return;
    const verdict = compareEntries(entry, other, this.#mode);
    if (verdict !== "ask" && verdict.same) {
      this.same++;
      return;
    }
    const change = changed(entry, { change: "changed", replaces: other.etag });
    this.copies.push({ entry: change, other: verdict === "ask" ? other : undefined });
  }

  /** Does not delete what the filters pass over, by the key that it would have at the source. */
  onlyTarget(entry: Entry): void {
    const { prefix, toPrefix } = this.#job;
    const key = prefix + entry.key.slice(toPrefix.length);
    if (this.#isWanted?.({ ...entry, key }) === false) return;
    this.removed.push(changed(entry, { change: "removed" }));
  }
}

function changed(entry: Entry, attributes: Attributes): Entry {
  return { ...entry, attributes: { ...entry.attributes, ...attributes } };
}
