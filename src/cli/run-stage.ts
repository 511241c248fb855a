import { Counters } from "../counters.ts";
import { Reporter } from "../engines/hadoop/reporter.ts";
import { streamingTask, type StreamingTask } from "../engines/hadoop/streaming.ts";
import { UserError } from "../errors.ts";
import type { Attributes } from "../record/attributes.ts";
import { type ConnectedBucket, sharedTransports } from "../s3/connect.ts";
import { S3Error } from "../s3/error.ts";
import { explain } from "../s3/explain.ts";
import { TransportError } from "../s3/transport.ts";
import type { Stage } from "../stage.ts";
import { OutputClosed, readRecords, writeRecords } from "../stream/lines.ts";
import { type Pages, tap } from "../stream/pages.ts";
import { connectSide } from "./connect-side.ts";
import { endInputOnInterrupt, type Io, say } from "./io.ts";
import { type SideValues } from "./options.ts";
import { Tally } from "./tally.ts";

/** What a stage's command is given to get ready with. */
export interface Preparation {
  /** Set when the process is a Hadoop Streaming task. */
  readonly task: StreamingTask | undefined;
  /** Connects to a bucket, which is closed at the end. */
  readonly connect: (
    side: SideValues,
    more?: { readonly check?: boolean },
  ) => Promise<ConnectedBucket>;
}

/** How a stage runs as a command. */
export interface StageRun<In, Out, Needs extends object> {
  readonly stage: Stage<In, Out, Needs>;
  readonly concurrency: number;
  readonly quiet: boolean;
  /** Whether blank lines and those that begin with `#` are no records. */
  readonly comments?: boolean;
  /**
   * How many records may fail here before a Hadoop task fails, and is tried again; left out: all.
   */
  readonly maxFailures?: number | undefined;
  /** What it does, for errors: `copy`, and to what: `objects`. */
  readonly doing: string;
  /** True for a stage that changes nothing, which ends in peace when nobody reads on. */
  readonly onlyReads: boolean;
  /** What to type where there are no lines to read and that is most likely a mistake. */
  readonly needsLines?: string;
  prepare(preparation: Preparation): Promise<Needs>;
  /** What it reads, where that is not standard input. */
  readonly input?: (needs: Needs, signal: AbortSignal) => Pages<In>;
  /** What came of it, as a line for people; left out: how many records, and bytes, and what was out of the ordinary. */
  readonly describe?: (counters: Counters) => string;
  /** Tells what else came of it, when all is written, but not of a Hadoop task; may throw a UserError. */
  finish?(): void;
}

/**
 * Runs a stage on standard input and output, in a pipe or as a Hadoop Streaming task: gives the
 * exit status 0, or throws a UserError. As a task records that were not done are rows of its output
 * and counters, not a failure, since Hadoop would run it all again.
 */
export async function runStage<
  In,
  Out extends { readonly attributes?: Attributes | undefined },
  Needs extends object,
>(io: Io, run: StageRun<In, Out, Needs>): Promise<void> {
  const { stage, concurrency, doing } = run;
  const task = streamingTask(io.env);
  const counters = new Counters();
  const tally = new Tally();
  const stop = new AbortController();
  const signal = AbortSignal.any([io.interrupted, stop.signal]);
  const transport = sharedTransports();
  const warned = new Set<string>();
  const buckets: ConnectedBucket[] = [];
  const connect: Preparation["connect"] = async (side, { check = task === undefined } = {}) => {
    const bucket = await connectSide(io, side, { concurrency, counters, transport, warned, check });
    buckets.push(bucket);
    return bucket;
  };
  // In-flight work is given up as soon as nobody can learn what came of it: the reader is gone, or
  // the disk is full.
  io.stdout.once("error", (error: NodeJS.ErrnoException) => {
    const isClosed = error.code === "EPIPE" || error.code === "EOF";
    stop.abort(isClosed ? new OutputClosed("output closed", { cause: error }) : error);
    // Nor is more input wanted: who writes it may have nothing to write for long, and shall know
    // now.
    io.stdin.destroy();
  });

  let lines = 0;
  let failedBefore = 0;
  const status = (): string =>
    `${stage.name}: ${run.describe?.(counters) ?? tally.describe(counters, stage.name)}`;
  const write = (text: string): boolean => io.stderr.write(text);
  const reporter = task && new Reporter(counters, status, write);
  try {
    const needs = await run.prepare({ task, connect });
    // A stage that changes things has to see all its input: what it does not answer for would be
    // left behind.
    const isTyped = io.stdin.isTTY === true && run.input === undefined;
    if (run.onlyReads || isTyped) endInputOnInterrupt(io);
    if (isTyped && !run.quiet) {
      const instead = run.needsLines === undefined ? "" : `; ${run.needsLines}`;
      say(io, `campanile ${stage.name}: reads lines from the terminal, up to Ctrl-D${instead}`);
    }
    const source = {
      name: "standard input",
      bytes: io.stdin,
      skipColumns: task?.skipColumns,
      comments: run.comments,
    };
    const input = run.input?.(needs, signal) ?? readRecords(source, stage.reads);
    const read = tap(input, (page) => {
      lines += page.length;
      // They are looked at only where it matters: a page of columns is much faster without.
      if (run.maxFailures !== undefined) failedBefore += failuresIn(page);
    });
    const records = stage.run(read, {
      ...needs,
      counters,
      concurrency,
      signal,
    });
    const counted = tap(records, (page) => tally.add(page, counters, stage.name));
    await writeRecords(io.stdout, counted, stage.writes);
    if (lines === 0 && run.needsLines !== undefined && task === undefined && !run.quiet) {
      say(io, `campanile: warning: no line came on standard input: ${run.needsLines}`);
    }
  } catch (thrown) {
    const error: unknown = stop.signal.aborted ? stop.signal.reason : thrown;
    if (error instanceof OutputClosed) {
      if (run.onlyReads) return;
      throw new UserError("failed", `cannot ${doing}: nobody reads the results any more`, {
        hint: "a result that is lost is a copy that nobody can complete; run the same again",
      });
    }
    if (io.interrupted.aborted) throw new UserError("interrupted", "interrupted");
    throw explained(error, doing, buckets);
  } finally {
    reporter?.stop();
    await Promise.all(buckets.map((bucket) => bucket.s3.close()));
  }
  if (task === undefined && !run.quiet) say(io, `campanile ${status()}`);
  if (io.interrupted.aborted) throw new UserError("interrupted", "interrupted");
  if (task !== undefined) {
    refuseFailures(counters.get(stage.name, "failed") - failedBefore, run);
    return;
  }
  run.finish?.();
  tally.throwIfUndone(doing);
}

/** Records that had failed in an earlier step: another try of this one would not help them. */
function failuresIn(page: Iterable<unknown>): number {
  let count = 0;
  for (const record of page as Iterable<{ readonly attributes?: Attributes | undefined }>) {
    if (record.attributes?.outcome === "failed") count++;
  }
  return count;
}

function refuseFailures(
  failed: number,
  {
    maxFailures = Number.POSITIVE_INFINITY,
    doing,
  }: { readonly maxFailures?: number | undefined; readonly doing: string },
): void {
  if (failed <= maxFailures) return;
  throw new UserError("some-failed", `cannot ${doing}: ${failed} records failed in this task`, {
    hint: `more than --max-failures ${maxFailures}: Hadoop tries it again, and then gives up`,
  });
}

/** An error of S3, or of a connection, as one for the person at the terminal; any other as it is. */
export function explained(
  error: unknown,
  doing: string,
  buckets: readonly ConnectedBucket[],
): unknown {
  const [first] = buckets;
  if (first === undefined || !(error instanceof S3Error || error instanceof TransportError))
    return error;
  const names = buckets.map(({ name }) => `"s3://${name}"`).join(" to ");
  const asked = error instanceof S3Error ? error.bucket : undefined;
  // A failure to connect says to what, as long as it is not told to be about another.
  const unknown = buckets.length > 1 ? { name: first.name } : first;
  const about = buckets.find(({ name }) => name === asked) ?? unknown;
  const told = explain(error, `${doing} ${buckets.length > 1 ? "from " : "in "}${names}`, about);
  const isGuarded = buckets.some(({ headers }) => headers?.["x-amz-expected-bucket-owner"]);
  if (told.reason !== "denied" || !isGuarded) return told;
  // S3 refuses the one as it refuses the other.
  return new UserError(told.reason, told.message, {
    hint: `the bucket is of another account than the expected owner, or ${told.hint}`,
    cause: error,
  });
}
