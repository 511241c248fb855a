import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { Counters } from "../counters.ts";
import { Reporter } from "../engines/hadoop/reporter.ts";
import { streamingTask } from "../engines/hadoop/streaming.ts";
import type { MaxDelete } from "../engines/local/delete-budget.ts";
import type { Job } from "../engines/local/job.ts";
import { startJob } from "../engines/local/run-job.ts";
import { UserError } from "../errors.ts";
import { joinRanges } from "../ranges/join-ranges.ts";
import type { KeyRange } from "../ranges/key-range.ts";
import { rangeLineCodec } from "../ranges/range-line.ts";
import type { RunCounts, RunJournal } from "../run/run.ts";
import { readRecords } from "../stream/lines.ts";
import { collect } from "../stream/pages.ts";
import { count } from "./amounts.ts";
import type { CopyrangesValues } from "./commands/copyranges.ts";
import { type Io, say } from "./io.ts";
import { openCrew } from "./job-crew.ts";
import { explained } from "./run-stage.ts";
import { refuseOverlap, write } from "./run-job.ts";

type Bounds = Pick<KeyRange, "after" | "upTo">;

/** The group of its counters. */
const group = "copyranges";

/**
 * Does all of a job for the ranges on standard input, in this thread, in a pipe or as a Hadoop
 * Streaming task. Throws a UserError when a range could not be listed: a task is then tried again,
 * and goes on with the uploads it had begun.
 */
export async function runRanges(io: Io, values: CopyrangesValues): Promise<void> {
  const { quiet, concurrency } = values;
  const task = streamingTask(io.env);
  const job: Job = { ...(await readJob(io, values.job)), reuseUploads: task?.isRetry === true };
  const ranges = await readRanges(io, job, task?.skipColumns);
  const counters = new Counters();
  let tell = (): RunCounts | undefined => undefined;
  const status = (): string => `${group}: ${describe(tell())}`;
  const reporter = task && new Reporter(counters, status, (text) => io.stderr.write(text));
  const signal = io.interrupted;
  const crew = await openCrew(io, job, {
    workers: 1,
    concurrency,
    quiet,
    signal,
    notesBegun: false,
  });
  let failed: unknown;
  try {
    refuseOverlap(job, crew);
    const running = startJob({
      job,
      first: crew.first,
      journal: journalOf(io, ranges),
      write: (lines) => write(io, lines),
      onRangeFailed: (_, error) => {
        failed ??= error;
      },
      maxDelete: maxDeleteOf(values.maxDelete, job.reuseUploads),
      signal,
    });
    tell = () => running.tally().counts;
    const { counts, rangesFailed } = await running.done;
    for (const [name, total] of Object.entries(counts)) {
      if (total > 0) counters.add(group, name, total);
    }
    // Lines of what was given up are not written: the next try answers for all of the range.
    if (rangesFailed > 0) throw failed ?? givenUp(rangesFailed);
    if (counts.failed > (values.maxFailures ?? Number.POSITIVE_INFINITY)) {
      throw new UserError("some-failed", `cannot copy objects: ${count(counts.failed)} failed`, {
        hint: `more than --max-failures ${values.maxFailures}: Hadoop tries it again`,
      });
    }
  } catch (error) {
    if (signal.aborted) throw new UserError("interrupted", "interrupted");
    throw explained(error, "copy objects", [crew.source, crew.target]);
  } finally {
    reporter?.stop();
    await crew.close();
  }
  if (task === undefined && !quiet) say(io, `campanile ${status()}`);
}

/**
 * How much this task may delete. A later attempt cannot know how much the first has deleted, and a
 * part of what is left then is more than the same part of all: it deletes nothing, unless everything
 * may be deleted.
 */
function maxDeleteOf(given: MaxDelete = noDeletion, isRetry = false): MaxDelete {
  const isLimited = !("percent" in given && given.percent === 100);
  return isRetry && isLimited ? noDeletion : given;
}

const noDeletion: MaxDelete = { objects: 0 };

/** Goes through the ranges, and writes the results of each part that is settled. */
function journalOf(io: Io, ranges: readonly Bounds[]): RunJournal {
  return {
    remaining: () => ranges,
    begin: () => Promise.resolve({ file: 0 }),
    commit: (_, lines) => write(io, lines),
    note: () => {},
  };
}

async function readJob({ cwd }: Io, file: string): Promise<Job> {
  try {
    return JSON.parse(await readFile(resolve(cwd, file), "utf8")) as Job;
  } catch (error) {
    throw new UserError("missing", `cannot read the job in ${JSON.stringify(file)}`, {
      hint: "campanile copy --engine hadoop --fused writes it, and sends it to the nodes",
      cause: error,
    });
  }
}

/** The ranges on standard input, of which some may be one after the other. */
async function readRanges(
  io: Io,
  { prefix }: Job,
  skipColumns: 0 | 1 | undefined,
): Promise<readonly Bounds[]> {
  const source = { name: "standard input", bytes: io.stdin, skipColumns, comments: true };
  const ranges = await collect(readRecords(source, rangeLineCodec));
  const other = ranges.find(({ prefix: own = "" }) => own !== "" && own !== prefix);
  if (other !== undefined) {
    throw new UserError(
      "usage",
      `cannot copy the range "${rangeLineCodec.encode(other)}": the job is of keys that begin with "${prefix}"`,
      { hint: `cut it anew: campanile partition s3://BUCKET/${prefix}` },
    );
  }
  return joinRanges(ranges.map(({ after, upTo }) => ({ after, upTo })));
}

function givenUp(ranges: number): UserError {
  return new UserError("failed", `cannot copy objects: ${count(ranges)} ranges were given up`);
}

function describe(counts: RunCounts | undefined): string {
  if (counts === undefined) return "starting";
  const { listed, same, copied, skipped, failed } = counts;
  return `${count(listed)} listed, ${count(same)} same, ${count(copied)} copied, ${count(skipped)} skipped, ${count(failed)} failed`;
}
