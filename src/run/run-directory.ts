import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { UserError } from "../errors.ts";
import { resultCodec } from "../record/result.ts";
import { BegunLog, type LeftWork } from "./begun-log.ts";
import { resumedResults, withResumed } from "./resumed-results.ts";
import type { RunRates } from "./pace-meter.ts";
import type { Files } from "../files/files.ts";
import { RunLock, takenRun } from "./run-lock.ts";
import { planFile, readPlan, type RunPlan } from "./run-plan.ts";
import {
  addCounts,
  type BegunWork,
  noCounts,
  type RunCounts,
  type RunJournal,
  type RunProgress,
  type SettledRange,
} from "./run.ts";
import { readScope, scopeFile, writeScope } from "./scope.ts";
import { encodeSettledPart, partNames, readSettled } from "./settled-part.ts";
import { type KeySpan, SettledKeys } from "./settled-keys.ts";
import { type RunSummary, writeSummary } from "./run-summary.ts";

/** A part of the results is written when its lines have so many bytes, before they are packed. */
const maxPartBytes = 16 * 1024 * 1024;

/**
 * Or when so much time has gone by, in milliseconds: what a kill lets be done again. The first parts
 * come sooner, each after twice the time of the one before; then it is 17,280 files a day.
 */
const maxPartMs = 5_000;
const firstPartMs = 250;

/** Results pack well at any level, and the lowest takes a third of the time of zlib's own choice. */
const gzipLevel = 1;

const pack = promisify(gzip);

/** What waits to become a part. */
interface OpenPart {
  counts: RunCounts;
  readonly spans: SettledKeys;
  readonly lines: Uint8Array[];
  bytes: number;
  readonly begun: number[];
}

/**
 * A run on a disk or in a bucket, held by this process: what docs/runs.md says of its files is made
 * here. A part of the results counts from the moment that its file is there, which is the last that
 * is written of it.
 */
export class RunDirectory implements RunJournal {
  readonly plan: RunPlan;
  /** What processes before have settled. */
  readonly countsBefore: RunCounts;
  readonly #files: Files;
  readonly #scope: readonly KeySpan[];
  readonly #settled: SettledKeys;
  readonly #begun: BegunLog;
  #lock: RunLock | undefined;
  #counts: RunCounts;
  #nextPart: number;
  #part = newPart();
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #partMs = firstPartMs;
  #failure: { readonly error: unknown } | undefined;

  private constructor(
    files: Files,
    plan: RunPlan,
    scope: readonly KeySpan[],
    settled: { readonly keys: SettledKeys; readonly counts: RunCounts; readonly lastPart: number },
    begun: BegunLog,
  ) {
    this.plan = plan;
    this.#files = files;
    this.#scope = scope;
    this.#settled = settled.keys;
    this.countsBefore = settled.counts;
    this.#counts = settled.counts;
    this.#nextPart = settled.lastPart + 1;
    this.#begun = begun;
  }

  /**
   * Begins a run where nothing is, of all keys or of those in a scope. Throws a UserError where there
   * is something.
   */
  static async create(
    files: Files,
    plan: RunPlan,
    scope?: readonly KeySpan[],
  ): Promise<RunDirectory> {
    const names = await files.list("");
    if (names.includes(planFile)) {
      throw new UserError("usage", `cannot begin a run in "${files.place}": there is one already`, {
        hint: `to go on with it: campanile resume ${files.place}`,
      });
    }
    // One whose process was killed before it had a plan has done nothing.
    if (names.some((name) => name !== scopeFile)) {
      throw new UserError("usage", `cannot begin a run in "${files.place}": it is not empty`, {
        hint: "name a directory that is not there yet",
      });
    }
    if (scope !== undefined) await writeScope(files, scope);
    const bytes = Buffer.from(`${JSON.stringify(plan, undefined, 1)}\n`);
    if (!(await files.create(planFile, bytes))) throw takenRun(files);
    return RunDirectory.open(files);
  }

  /** Takes up a run where it was left. Throws a UserError where there is none, or somebody is at work on it. */
  static async open(files: Files): Promise<RunDirectory> {
    const plan = await readPlan(files);
    if (plan === undefined) {
      throw new UserError("missing", `cannot take up a run in "${files.place}": there is none`);
    }
    let run: RunDirectory | undefined;
    const lock = await RunLock.take(files, (error) => {
      if (run !== undefined) run.#fail(error);
    });
    try {
      const settled = await readSettled(files);
      const scope = await readScope(files);
      run = new RunDirectory(
        files,
        plan,
        scope,
        settled,
        await BegunLog.open(files, settled.keys, plan),
      );
      run.#lock = lock;
      return run;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** What is settled so far, by this process and those before. */
  get counts(): RunCounts {
    return this.#counts;
  }

  /** What processes before have begun and not settled: its uploads are to be ended before anything is begun. */
  get left(): readonly LeftWork[] {
    return this.#begun.left;
  }

  remaining(): readonly KeySpan[] {
    return this.#scope.flatMap((span) => this.#settled.remaining(span));
  }

  begin(lines: Uint8Array): Promise<BegunWork> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    return this.#begun.begin(lines);
  }

  async commit(
    range: SettledRange,
    lines: Uint8Array,
    begun: readonly BegunWork[] = [],
  ): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    const part = this.#part;
    part.begun.push(...begun.map(({ file }) => file));
    if (this.#settled.add(range)) {
      const left = this.#begun.takeLeft(range);
      part.begun.push(...left.flatMap(({ files }) => files));
      const resumed = resumedResults(left, lines);
      const counts = resumed.reduce(withResumed, range.counts);
      this.#counts = addCounts(this.#counts, counts);
      part.counts = addCounts(part.counts, counts);
      part.spans.add(range);
      this.#keep(lines);
      if (resumed.length > 0) {
        this.#keep(Buffer.from(resumed.map((one) => `${resultCodec.encode(one)}\n`).join("")));
      }
    }
    this.#timer ??= setTimeout(() => void this.#flush().catch(() => {}), this.#partMs).unref();
    if (part.bytes >= maxPartBytes) await this.#flush();
  }

  note(progress: RunProgress, rates?: RunRates): void {
    this.#lock?.note(progress, rates);
  }

  /**
   * Ends the run: writes what was settled, and the summary. Ranges that remain, because they could not
   * be listed, are told there, and a resume does them.
   */
  async finish(
    progress: Pick<RunProgress, "requests" | "retries" | "throttled">,
  ): Promise<RunSummary> {
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#flush();
    const { id, started, command } = this.plan;
    const remaining = this.remaining().length;
    const { requests, retries, throttled } = progress;
    const summary = {
      id,
      command,
      started,
      ended: new Date().toISOString(),
      remaining,
      counts: this.#counts,
      requests,
      retries,
      throttled,
    };
    await writeSummary(this.#files, summary);
    await this.#release();
    return summary;
  }

  /** Gives the run up as it is, with all that was settled: a resume goes on. */
  async close(): Promise<void> {
    try {
      if (this.#failure === undefined) await this.#flush();
    } finally {
      await this.#release();
    }
  }

  #keep(lines: Uint8Array): void {
    if (lines.length === 0) return;
    this.#part.lines.push(lines);
    this.#part.bytes += lines.length;
  }

  /** Writes what has come so far; one part at a time. */
  async #flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const part = this.#part;
    if (part.begun.length === 0 && [...part.spans].length === 0) return;
    this.#part = newPart();
    this.#partMs = Math.min(2 * this.#partMs, maxPartMs);
    this.#writing = this.#write(part);
    try {
      await this.#writing;
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#writing = undefined;
    }
  }

  async #write({ counts, spans, lines, begun }: OpenPart): Promise<void> {
    const names = partNames(this.#nextPart++);
    await this.#lock?.check();
    const ranges = encodeSettledPart({ counts, spans });
    if (!(await this.#files.create(names.ranges, ranges))) {
      // They are of a process that was killed before its results came, unless somebody has taken the run since that look.
      await this.#lock?.check();
      await this.#files.replace(names.ranges, ranges);
    }
    const packed = await pack(Buffer.concat(lines), { level: gzipLevel });
    if (!(await this.#files.create(names.results, packed))) throw takenRun(this.#files);
    await this.#begun.settle(begun);
  }

  /** Nothing is written any more: what was begun is told by the next call. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
  }

  async #release(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#lock?.release();
    this.#lock = undefined;
  }
}

function newPart(): OpenPart {
  return { counts: noCounts, spans: new SettledKeys(), lines: [], bytes: 0, begun: [] };
}
