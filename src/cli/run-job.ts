import { once } from "node:events";
import { performance } from "node:perf_hooks";
import type { Job } from "../engines/local/job.ts";
import type { MaxDelete } from "../engines/local/delete-budget.ts";
import { type JobDone, type RunningJob, startJob } from "../engines/local/run-job.ts";
import { UserError } from "../errors.ts";
import type { KeyPattern } from "../listing/entry-filter.ts";
import { humanSize } from "../listing/list-form.ts";
import { rangeLineCodec } from "../ranges/range-line.ts";
import { RunDirectory } from "../run/run-directory.ts";
import { newPlan } from "../run/run-plan.ts";
import { onlyBelow } from "../listing-sources/relative-keys.ts";
import type { ListAddress } from "../listing-sources/list-address.ts";
import { isDirectoryBucket } from "../ranges/list-in-turn.ts";
import type { Entry } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import { S3Error } from "../s3/error.ts";
import { changesObjects, isInPlace } from "../stages/in-place.ts";
import { OutputClosed } from "../stream/lines.ts";
import { OutOfOrderError } from "../stream/merge.ts";
import type { Pages } from "../stream/pages.ts";
import { count, countOf } from "./amounts.ts";
import { copyOptionsOf } from "./copy-options.ts";
import { entryFilter } from "./filter-options.ts";
import { endInputOnInterrupt, type Io, say } from "./io.ts";
import { listAddress } from "./list-address.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { defaultMaxDelete, type JobValues, type LocalValues } from "./job-options.ts";
import { type JobCrew, openCrew } from "./job-crew.ts";
import { type KeptJob, keptLocal, KeptRun } from "./kept-run.ts";
import { sideValues } from "./options.ts";
import { showProgress } from "./progress.ts";
import { summaryTable } from "./summary-table.ts";
import { withFiles } from "./with-files.ts";
import { explained } from "./run-stage.ts";
import { folderOf, s3Address, type S3Address } from "./s3-address.ts";

/** A job as it stands on the command line. */
export interface JobCommand {
  readonly command: "copy" | "sync";
  readonly source: S3Address;
  readonly target: S3Address;
  readonly values: JobValues;
  readonly patterns: readonly KeyPattern[];
}

/** Runs what stands on a command line. */
export async function runJob(io: Io, command: JobCommand): Promise<void> {
  const { values } = command;
  const job = jobOf(command);
  warnOfPatterns(io, job, values.quiet);
  const { maxDelete = defaultMaxDelete, run: place, dryRun } = values;
  const run = { ...values, command: command.command, maxDelete };
  if (place === undefined) {
    await runLocally(io, job, run);
    return;
  }
  if (dryRun === true) {
    throw new UserError("usage", "cannot keep a dry run", {
      hint: "it changes nothing that one would go on with; leave out --run, or --dry-run",
    });
  }
  refuseInside(place, job);
  // It is written to, as the target is, and likely by the same account.
  await withFiles(io, place, job.target, "the run", async (files) => {
    const local = keptLocal(values);
    const kept = { kind: command.command, job, maxDelete, local } satisfies KeptJob;
    const { prefix, toPrefix } = job;
    const plan = newPlan({ command: io.commandLine ?? [], job: kept, prefix, toPrefix });
    const keep = async (): Promise<KeptRun> =>
      new KeptRun(await RunDirectory.create(files, plan), place, job);
    await runLocally(io, job, { ...run, keep });
  });
}

/** The job that a command line says. Throws a UserError for what cannot be done. */
export function jobOf({ command, source, target, values, patterns }: JobCommand): Job {
  const prefix = folderOf(source.prefix);
  const toPrefix = folderOf(target.prefix);
  const copy = copyOptionsOf(values);
  if (command === "sync" && copy.rewriteKey !== undefined) {
    throw new UserError("usage", "cannot sync with --rewrite-key", {
      hint: "keys that change their order cannot be compared as they are listed; copy can rewrite them",
    });
  }
  const { onUnknownParts, exactParts, dryRun, compare, results, fromList, sort } = values;
  if (fromList !== undefined && values.delete === true) {
    throw new UserError("usage", "cannot delete by a list", {
      hint: "what is not on it may be at the source all the same; leave out --delete, or --from-list",
    });
  }
  if (values.maxDelete !== undefined && values.delete !== true) {
    throw new UserError("usage", "cannot use --max-delete without --delete", {
      hint: "nothing is deleted unless it is asked for",
    });
  }
  if (sort === true && fromList === undefined) {
    throw new UserError("usage", "cannot use --sort without --from-list", {
      hint: "it is the list that is sorted; buckets are listed in order",
    });
  }
  if (fromList === "-" && values.run !== undefined) {
    throw new UserError("usage", "cannot keep a run whose list comes on standard input", {
      hint: "it could not be read again: write it to a file, and name that",
    });
  }
  return {
    source: { ...sideValues({ ...values }, "src"), bucket: source.bucket },
    target: { ...sideValues({ ...values }, "dst"), bucket: target.bucket },
    prefix,
    toPrefix,
    compare: command === "sync" ? compare : undefined,
    delete: command === "sync" && values.delete === true,
    list: fromList,
    sortList: sort,
    filter: entryFilter(values, patterns),
    copy: { ...copy, stripPrefix: prefix || undefined, toPrefix: toPrefix || undefined },
    onUnknownParts,
    exactParts,
    dryRun,
    results: results === true || values.run !== undefined ? "all" : "undone",
  };
}

/** Patterns are of the part of a key behind the folder: one that begins with the folder is likely meant otherwise. */
export function warnOfPatterns(io: Io, { prefix, filter }: Job, quiet: boolean): void {
  if (prefix === "" || quiet) return;
  for (const { kind, pattern } of filter.patterns ?? []) {
    if (!pattern.startsWith(prefix)) continue;
    const part = `the part of a key behind ${JSON.stringify(prefix)}`;
    say(io, `campanile: warning: --${kind} ${JSON.stringify(pattern)} is matched with ${part}`);
  }
}

/** What `runLocally` is to do besides the job. */
export interface LocalRun extends LocalValues {
  /** What it is called in messages. */
  readonly command: string;
  readonly maxDelete: MaxDelete;
  /** Opens what is known of a run that is kept, when both sides are there; it is told of how it goes on. */
  readonly keep?: (() => Promise<KeptRun>) | undefined;
}

/**
 * Runs a job on this machine, and tells how it goes on. Throws a UserError for what ends it, and when something was not done. Result
 * lines go to standard output unless a run is kept.
 */
export async function runLocally(io: Io, job: Job, run: LocalRun): Promise<JobDone> {
  const { command, keep, quiet, jsonProgress } = run;
  const doing = command === "sync" ? "sync" : "copy objects";
  const stop = new AbortController();
  const signal = eitherOf(io.interrupted, stop.signal);
  io.stdout.once("error", (error: NodeJS.ErrnoException) => {
    const isClosed = error.code === "EPIPE" || error.code === "EOF";
    stop.abort(isClosed ? new OutputClosed("output closed", { cause: error }) : error);
  });
  const beginMs = performance.now();
  let crew: JobCrew | undefined;
  let kept: KeptRun | undefined;
  let running: RunningJob | undefined;
  let done: JobDone;
  let summary: string | undefined;
  /** Entries of a list that have no place in what is copied. */
  let notBelow = 0;
  let progress: ReturnType<typeof showProgress> | undefined;
  try {
    crew = await openCrew(io, job, { ...run, signal, notesBegun: keep !== undefined });
    refuseOverlap(job, crew);
    refuseUnordered(job, crew.target);
    kept = await keep?.();
    await kept?.begin(io, crew.target, quiet);
    running = startJob({
      job,
      list: await openList(io, job, crew.source, {
        signal,
        onOthers: (count) => {
          notBelow += count;
        },
      }),
      first: crew.first,
      more: crew.more,
      journal: kept?.journal,
      write: (lines) => write(progress?.io ?? io, lines),
      onRangeFailed: (range, error) => {
        const { bucket } = error instanceof S3Error ? error : {};
        const { source, target } = crew!;
        const told = explained(error, "list a part", [bucket === target.name ? target : source]);
        const text = told instanceof Error ? told.message : String(told);
        say(progress?.io ?? io, `campanile: ${text}; it is:\n${rangeLineCodec.encode(range)}`);
      },
      maxDelete: run.maxDelete,
      deletedBefore: kept?.deletedBefore,
      signal,
    });
    const started = running;
    const mode = quiet ? "none" : jsonProgress === true ? "json" : "lines";
    progress = showProgress(
      io,
      mode,
      () => kept?.progress(started.tally()) ?? started.tally(),
      (now, rates) => kept?.journal.note(now, rates),
    );
    done = await started.done;
    await kept?.finish(io, crew.target, started.tally());
    if (kept !== undefined || (io.stderr.isTTY === true && job.dryRun !== true)) {
      const { counts } = kept?.journal ?? done;
      summary = summaryTable(counts, started.tally(), (performance.now() - beginMs) / 1000);
    }
  } catch (thrown) {
    const error: unknown = stop.signal.aborted ? stop.signal.reason : thrown;
    if (error instanceof OutputClosed) {
      throw new UserError("failed", `cannot ${doing}: nobody reads the results any more`);
    }
    const counts = running?.tally().counts;
    if (counts !== undefined && counts.listed > 0 && !quiet) {
      progress?.stop();
      say(io, `campanile ${command}: it ended before all was done; ${describe(job, { counts })}`);
    }
    const hint = kept?.resumeHint;
    if (io.interrupted.aborted) throw new UserError("interrupted", "interrupted", { hint });
    if (hint !== undefined && !quiet) say(io, `campanile: the run is kept; ${hint}`);
    if (error instanceof OutOfOrderError) throw disorder(job, error);
    throw crew === undefined ? error : explained(error, doing, [crew.source, crew.target]);
  } finally {
    progress?.stop();
    await kept?.close();
    await crew?.close();
  }
  if (!quiet) {
    if (kept === undefined && done.counts.listed + done.rangesFailed === 0) {
      const { list, prefix, source } = job;
      const below = prefix === "" ? "" : ` below ${JSON.stringify(prefix)}`;
      const where =
        list === undefined ? `"s3://${source.bucket}/${prefix}"` : `${nameOf(list)}${below}`;
      say(io, `campanile: warning: there is no object in ${where}`);
    }
    if (notBelow > 0 && done.counts.listed > 0) {
      const entries = notBelow === 1 ? "1 entry" : `${count(notBelow)} entries`;
      const where = `${nameOf(job.list ?? "")} ${notBelow === 1 ? "is" : "are"} not below`;
      say(io, `campanile: warning: ${entries} of ${where} ${JSON.stringify(job.prefix)}`);
    }
    say(io, `campanile ${command}: ${summary === undefined ? describe(job, done) : "done"}`);
    if (summary !== undefined) say(io, summary);
    if (job.dryRun === true && done.deletesRefused > 0) {
      say(io, `campanile: warning: it would not delete ${tooMany(run, done)}`);
    }
  }
  throwIfUndone(doing, job, run, done, kept);
  return done;
}

/** The target is listed by key, along with the source. */
function refuseUnordered({ compare }: Job, target: S3Bucket): void {
  if (compare === undefined || !isDirectoryBucket(target)) return;
  const { name } = target;
  throw new UserError("usage", `cannot sync to "s3://${name}": S3 lists it in no order`, {
    hint: `compare the two, and copy what differs: campanile diff s3://SOURCE s3://${name} --to-copy > list.tsv, then campanile copy … --from-list list.tsv`,
  });
}

/** Opens the list that takes the place of the source's listing: one that is named, or that of a bucket which S3 lists in no order. */
async function openList(
  io: Io,
  { list, sortList, prefix }: Job,
  source: S3Bucket,
  {
    signal,
    onOthers,
  }: { readonly signal: AbortSignal; readonly onOthers: (count: number) => void },
): Promise<Pages<Entry> | undefined> {
  if (list === undefined && !isDirectoryBucket(source)) return undefined;
  if (list === "-") endInputOnInterrupt(io);
  const { openListing } = await import("../listing-sources/open-listing.ts");
  const address: ListAddress =
    list === undefined ? { kind: "bucket", bucket: source.name, prefix } : listAddress(list);
  const { entries } = await openListing(address, {
    // The report may be in another bucket than the source, and is read by the same account.
    openBucket: (name) => Promise.resolve({ ...source, name }),
    stdin: io.stdin,
    directory: temporaryDirectory(io),
    signal,
    ordered: true,
    sort: sortList,
  });
  return prefix === "" ? entries : onlyBelow(entries, prefix, onOthers);
}

function nameOf(list: string): string {
  return list === "-" ? "the list on standard input" : `the list ${JSON.stringify(list)}`;
}

function disorder({ list, sortList }: Job, { key }: OutOfOrderError): UserError {
  const name = nameOf(list ?? "");
  const why =
    sortList === true ? "has a key twice" : "is not in the order of keys, or has a key twice";
  return new UserError("usage", `cannot use ${name}: it ${why}, at ${JSON.stringify(key)}`, {
    hint: sortList === true ? undefined : "let it be sorted: --sort",
  });
}

/** Aborts when one of two does. Not AbortSignal.any, which is looked at with every request and takes long to say that it is not aborted. */
function eitherOf(...signals: readonly AbortSignal[]): AbortSignal {
  const either = new AbortController();
  for (const signal of signals) {
    const abort = (): void => either.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  return either.signal;
}

/** A run that is kept among what is copied would be copied, or be deleted for not being at the source. */
function refuseInside(place: string, { source, target, prefix, toPrefix }: Job): void {
  if (!place.startsWith("s3://")) return;
  const run = s3Address(place);
  const folder = folderOf(run.prefix);
  const isIn = (bucket: string, other: string): boolean =>
    run.bucket === bucket && folder.startsWith(other);
  if (!isIn(source.bucket, prefix) && !isIn(target.bucket, toPrefix)) return;
  throw new UserError("usage", `cannot keep a run in "${place}": it lies in what is copied`, {
    hint: "name a directory, or another bucket",
  });
}

/**
 * A copy that reads what it has written would never end; and one that renames in place could write over an object before it was copied.
 * What is renamed by a list, and replaces nothing, does neither. One that changes nothing is refused as well, unless its objects are
 * of the past (`isPast`).
 */
export function refuseOverlap(
  { source, target, prefix, toPrefix, compare, list, copy }: Job,
  crew: Pick<JobCrew, "source" | "target">,
  { isPast = false }: { readonly isPast?: boolean } = {},
): void {
  if (!isInPlace(crew.source, crew.target)) return;
  if (prefix === toPrefix) {
    if (copy.rewriteKey === undefined) {
      // A list may name older versions; what it names besides is skipped.
      if (isPast || compare !== undefined || list !== undefined || changesObjects(copy)) return;
      throw new UserError(
        "usage",
        `cannot copy "s3://${source.bucket}/${prefix}" to itself: nothing of its objects would change`,
        {
          hint: "say what is to be otherwise, as by --storage-class, --sse, --metadata or --checksum-algorithm",
        },
      );
    }
    if (list !== undefined && copy.noOverwrite === true) return;
    throw new UserError(
      "usage",
      `cannot copy "s3://${source.bucket}/${prefix}" to itself with --rewrite-key`,
      {
        hint: "a new object could be listed again, or replace one that is yet to be copied; write a list by campanile ls, and give --from-list and --no-overwrite",
      },
    );
  }
  const inner = toPrefix.startsWith(prefix) ? "target" : "source";
  if (inner === "source" && !prefix.startsWith(toPrefix)) return;
  throw new UserError(
    "usage",
    `cannot copy "s3://${source.bucket}/${prefix}" to "s3://${target.bucket}/${toPrefix}"`,
    { hint: `the ${inner} lies in the other: what is copied would be listed again` },
  );
}

/** Writes result lines, and waits for who reads them. */
export async function write({ stdout }: Io, lines: Uint8Array): Promise<void> {
  if (!stdout.write(lines) && !stdout.destroyed)
    await Promise.race([once(stdout, "drain"), once(stdout, "close")]);
}

/** As in `6 objects listed: 4 the same, 2 copied (1.5 KiB)`. */
export function describe(
  { dryRun, delete: deletes }: Pick<Job, "dryRun" | "delete">,
  { counts }: Pick<JobDone, "counts">,
): string {
  const { listed, filtered, same, copied, skipped, failed, deleted, undeleted, bytes } = counts;
  const would = dryRun === true ? "to be " : "";
  const some = (n: number, text: string): string[] => (n > 0 ? [`${count(n)} ${text}`] : []);
  const parts = [
    ...some(filtered, "passed over"),
    ...some(same, "the same"),
    `${count(copied)} ${would}copied${copied > 0 ? ` (${humanSize(bytes)})` : ""}`,
    ...some(skipped, "skipped"),
    ...some(failed, "failed"),
  ];
  const gone = deletes === true ? `; ${count(deleted)} ${would}deleted` : "";
  const left = undeleted > 0 ? `, ${count(undeleted)} not` : "";
  return `${countOf(listed, "object")} listed: ${parts.join(", ")}${gone}${left}`;
}

function tooMany({ maxDelete }: LocalRun, { deletesAsked, targets }: JobDone): string {
  const most =
    "percent" in maxDelete
      ? `${maxDelete.percent}% of the ${countOf(targets, "object")} at the target`
      : count(maxDelete.objects);
  return `${countOf(deletesAsked, "object")}: --max-delete is ${most}`;
}

function throwIfUndone(
  doing: string,
  { dryRun }: Job,
  run: LocalRun,
  done: JobDone,
  kept: KeptRun | undefined,
): void {
  const { rangesFailed, deletesRefused } = done;
  const { counts } = kept?.journal ?? done;
  if (deletesRefused > 0 && dryRun !== true) {
    const deleted = counts.deleted === 0 ? "none was" : `${count(counts.deleted)} were`;
    throw new UserError("some-failed", `cannot delete ${tooMany(run, done)}`, {
      hint:
        kept?.deleteHint ??
        `${deleted} deleted; see what it would be by --dry-run, and allow it by another --max-delete`,
    });
  }
  const undone = counts.skipped + counts.failed + counts.undeleted;
  if (undone === 0 && rangesFailed === 0) return;
  const parts = [
    ...(undone > 0
      ? [`${count(undone)} of ${countOf(counts.listed, "object")} were skipped or failed`]
      : []),
    ...(rangesFailed > 0 ? [`${countOf(rangesFailed, "range")} of keys could not be listed`] : []),
  ];
  let hint: string | undefined;
  if (kept !== undefined) hint = rangesFailed > 0 ? kept.resumeHint : kept.retryHint(counts);
  else if (undone > 0)
    hint = "each has a line on standard output that says why, in its last column";
  throw new UserError("some-failed", `cannot ${doing}: ${parts.join(", and ")}`, { hint });
}
