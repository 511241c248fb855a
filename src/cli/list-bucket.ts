import { availableParallelism } from "node:os";
import { Counters } from "../counters.ts";
import { LinesCrew } from "../engines/local/lines-crew.ts";
import { UserError } from "../errors.ts";
import { formOf, type Listed, type ListForm } from "../listing/list-form.ts";
import {
  type ListedLines,
  type LinesOptions,
  listLevel,
  listLines,
  listVersionLines,
  needsEntries,
} from "../listing/list-lines.ts";
import {
  ListingSummary,
  summaryForPeople,
  summaryJson,
  summaryLines,
} from "../listing/listing-summary.ts";
import { listIntoParts } from "../listing/part-output.ts";
import type { KeyRange } from "../ranges/key-range.ts";
import type { ListParallelOptions } from "../ranges/list-parallel.ts";
import { isDirectoryBucket } from "../ranges/list-in-turn.ts";
import type { S3Bucket } from "../s3/client.ts";
import type { ConnectedBucket } from "../s3/connect.ts";
import { OutputClosed, writeRecords } from "../stream/lines.ts";
import { type Pages, pagesOf as toPages } from "../stream/pages.ts";
import { WaitingPages } from "../stream/waiting-pages.ts";
import type { LsValues } from "./commands/ls.ts";
import { entryFilter } from "./filter-options.ts";
import { type Io, say } from "./io.ts";
import { asDirectory, mostListRequests } from "./list-options.ts";
import { sideValues } from "./options.ts";
import type { S3Address } from "./s3-address.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { Unlisted } from "./unlisted.ts";
import { withBucket } from "./with-bucket.ts";
import { withFiles } from "./with-files.ts";

/** Lists a bucket to standard output, or into part files. */
export async function listBucket(
  io: Io,
  { bucket: name, prefix }: S3Address,
  values: LsValues,
): Promise<void> {
  if (values.gzip && values.output === undefined) {
    throw new UserError("usage", "cannot pack standard output: --gzip is for --output", {
      hint: `pipe it: campanile ls s3://${name} | gzip`,
    });
  }
  const concurrency = values.concurrency ?? mostListRequests;
  const doing = `list "s3://${name}${prefix === "" ? "" : `/${prefix}`}"`;
  const counters = new Counters();
  const work = { doing, concurrency, counters };
  await withBucket(io, { ...values, bucket: name }, work, async (open) => {
    const bucket = asDirectory(await open(), values);
    if (isDirectoryBucket(bucket)) refuseOrder(values, doing);
    const unlisted = new Unlisted(io, bucket);
    const form = formOf(values);
    const how: LinesOptions = {
      filter: entryFilter(values, values.patterns),
      form: values.summary ? undefined : form,
      summary: new ListingSummary(),
    };
    const signal = stopWithOutput(io);
    const waiting = new WaitingPages({ directory: temporaryDirectory(io) });
    const crew = isDirectoryBucket(bucket)
      ? undefined
      : crewOf(io, bucket, prefix, values, { ...how, form }, signal);
    const lines = (options: ListParallelOptions): AsyncGenerator<ListedLines, void> =>
      crew?.lines(options) ?? listLines(bucket, { ...options, prefix, restoreStatus: true }, how);
    const more = { signal, unlisted, waiting, lines };
    let listed = 0;
    const count = (pages: AsyncGenerator<ListedLines, void>): AsyncGenerator<ListedLines, void> =>
      tapLines(pages, (page) => (listed += page.listed));
    try {
      if (isIntoParts(values)) {
        await listToParts(bucket, prefix, values, { ...how, form }, { ...more, io, count });
      } else {
        const pages = count(pagesOf(bucket, prefix, values, how, more));
        await writeRecords(io.stdout, linesOf(pages), form);
      }
    } finally {
      const trouble = await crew?.close();
      counters.add(name, "Retries", trouble?.retries ?? 0);
      counters.add(name, "Throttled", trouble?.throttled ?? 0);
      waiting.close();
    }
    if (values.summary) {
      await writeRecords(io.stdout, toPages(summaryOf(how.summary, values)), { encode: String });
    }
    if (!values.quiet) {
      say(io, `campanile ls: ${describe(how.summary, listed)}${describeTrouble(counters, name)}`);
    }
    unlisted.throwIfAny();
  });
}

/** What the listings of a run have in common. */
interface RunNeeds {
  readonly signal: AbortSignal;
  readonly unlisted: Unlisted;
  readonly waiting: WaitingPages;
  /** Lists all that begins with the prefix, or a part of it. */
  readonly lines: (options: ListParallelOptions) => AsyncGenerator<ListedLines, void>;
}

/** The threads that list a bucket. */
function crewOf(
  io: Io,
  bucket: ConnectedBucket,
  prefix: string,
  values: LsValues,
  { filter, form, summary }: LinesOptions & { readonly form: ListForm },
  signal: AbortSignal,
): LinesCrew {
  // Lines from bytes cost little beside the order and the writing of them, which is this thread's.
  const worthwhile = needsEntries({ filter, form }) ? availableParallelism() : 1;
  const { workers = worthwhile, concurrency = mostListRequests } = values;
  const { json, columns, human } = values;
  const { env, home, cwd } = io;
  const side = { ...sideValues({ ...values, bucket: bucket.name }, ""), region: bucket.region };
  const query = { prefix, restoreStatus: true };
  const words = values.summary ? undefined : { json, columns, human };
  const data = { query, filter, form: words, side, home, cwd, concurrency };
  return new LinesCrew({ bucket, data, form, workers, summary, env, signal });
}

function isIntoParts(values: LsValues): values is LsValues & { readonly output: string } {
  return values.output !== undefined;
}

/** Throws for what cannot be had of a directory bucket (API reference, ListObjectsV2, "Directory buckets"). */
function refuseOrder({ startAfter, stopAt, output, versions }: LsValues, doing: string): void {
  const wanted = { "--start-after": startAfter, "--stop-at": stopAt, "--output": output };
  const ordered = Object.entries(wanted).find(([, value]) => value !== undefined)?.[0];
  if (ordered !== undefined) {
    throw new UserError("usage", `cannot ${doing} with ${ordered}`, {
      hint: "it is a directory bucket, which S3 lists in no order, so that there are no ranges of keys",
    });
  }
  if (versions) {
    throw new UserError("usage", `cannot ${doing} with --versions`, {
      hint: "it is a directory bucket, which keeps no versions: leave --versions out",
    });
  }
}

async function* tapLines(
  pages: AsyncGenerator<ListedLines, void>,
  look: (page: ListedLines) => void,
): AsyncGenerator<ListedLines, void> {
  for await (const page of pages) {
    look(page);
    yield page;
  }
}

async function* linesOf(pages: AsyncGenerator<ListedLines, void>): Pages<Listed> {
  for await (const { lines } of pages) yield lines;
}

/** Lists as the options say, and gives the pages of lines. */
function pagesOf(
  bucket: S3Bucket,
  prefix: string,
  values: LsValues,
  how: LinesOptions,
  more: RunNeeds,
): AsyncGenerator<ListedLines, void> {
  const { startAfter, stopAt, delimiter, versions } = values;
  const { signal } = more;
  if (versions) return listVersionLines(bucket, { prefix, startAfter, stopAt, signal }, how);
  if (delimiter !== undefined) {
    return listLevel(bucket, { prefix, startAfter, stopAt, delimiter, signal }, how);
  }
  // Sums need no order, and a directory bucket has none.
  const ordered = !(values.unordered || values.summary || isDirectoryBucket(bucket));
  return more.lines({ startAfter, stopAt, ordered, ...runOptions(values, more) });
}

/** Lists into part files, in a directory or a bucket. */
async function listToParts(
  bucket: S3Bucket,
  prefix: string,
  values: LsValues & { readonly output: string },
  how: LinesOptions & { readonly form: ListForm },
  more: RunNeeds & {
    readonly io: Io;
    readonly count: (pages: AsyncGenerator<ListedLines, void>) => AsyncGenerator<ListedLines, void>;
  },
): Promise<void> {
  const { startAfter, stopAt, output, json, columns, gzip = false } = values;
  const { io, count, lines } = more;
  // Whose the buckets are, and who pays, is a matter of each.
  const { requesterPays: _pays, expectedOwner: _owner, ...side } = values;
  const { written, kept } = await withFiles(io, output, side, "the listing", (files) =>
    listIntoParts({
      files,
      isPacked: gzip,
      form: how.form,
      listing: {
        bucket: bucket.name,
        prefix,
        startAfter,
        stopAt,
        json,
        columns,
        gzip,
        ...how.filter,
      },
      startAfter,
      stopAt,
      list: ({ after, upTo }, onMissing) => {
        const range = { startAfter: after, stopAt: upTo, ordered: true };
        return count(lines({ ...range, ...runOptions(values, { ...more, onMissing }) }));
      },
    }),
  );
  if (!values.quiet && kept > 0) {
    say(io, `campanile ls: ${times(kept, "part file")} from before, ${written} new`);
  }
}

function runOptions(
  { concurrency, strict }: LsValues,
  more: RunNeeds & { readonly onMissing?: (range: KeyRange) => void },
): Pick<ListParallelOptions, "concurrency" | "signal" | "waiting" | "onRangeFailed"> {
  const { signal, unlisted, waiting, onMissing } = more;
  const onRangeFailed = (range: KeyRange, error: Error): void => {
    unlisted.note(range, error);
    onMissing?.(range);
  };
  return {
    concurrency,
    signal,
    waiting,
    onRangeFailed: strict ? undefined : onRangeFailed,
  };
}

function summaryOf(summary: ListingSummary, { json, human }: LsValues): readonly string[] {
  if (json) return [summaryJson(summary)];
  return human ? summaryForPeople(summary) : summaryLines(summary);
}

/** A signal that ends the listing by an interrupt, or as soon as nobody reads it any more. */
function stopWithOutput({ stdout, interrupted }: Io): AbortSignal {
  const stop = new AbortController();
  stdout.once("error", (error: NodeJS.ErrnoException) => {
    const isClosed = error.code === "EPIPE" || error.code === "EOF";
    stop.abort(isClosed ? new OutputClosed("output closed", { cause: error }) : error);
  });
  return AbortSignal.any([interrupted, stop.signal]);
}

/** As in `6 objects, 1,252 bytes, 2 folders, of 10 that were listed`. */
function describe({ total, folders }: ListingSummary, listed: number): string {
  const count = (n: number): string => n.toLocaleString("en-US");
  const { objects, bytes } = total;
  const level = folders > 0 ? `, ${times(folders, "folder")}` : "";
  const found = `${times(objects, "object")}, ${count(bytes)} bytes${level}`;
  return listed === objects ? found : `${found}, of ${count(listed)} that were listed`;
}

/** As in `; 3 requests were tried again, S3 asked 2 times for fewer`; nothing where all went well. */
function describeTrouble(counters: Counters, bucket: string): string {
  const retries = counters.get(bucket, "Retries");
  const throttled = counters.get(bucket, "Throttled");
  const told: string[] = [];
  if (retries > 0) told.push(`${times(retries, "request")} tried again`);
  if (throttled > 0) told.push(`${times(throttled, "time")} S3 asked for fewer`);
  return told.length === 0 ? "" : `; ${told.join(", ")}`;
}

function times(n: number, noun: string): string {
  return `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
}
