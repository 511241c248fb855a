import type { Counters } from "../counters.ts";
import type { Job } from "../engines/local/job.ts";
import { UserError } from "../errors.ts";
import { asOf } from "../listing/as-of.ts";
import { filterOf } from "../listing/entry-filter.ts";
import { versionPages } from "../listing/version-pages.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { type Result, resultCodec } from "../record/result.ts";
import type { S3Bucket } from "../s3/client.ts";
import { getBucketVersioning } from "../s3/get-bucket-versioning.ts";
import type { Stage } from "../stage.ts";
import { copyEntries, type CopyNeeds } from "../stages/copy-chain.ts";
import { versioncopy } from "../stages/versioncopy.ts";
import { type Pages, tap } from "../stream/pages.ts";
import { customerKeys } from "./customer-keys.ts";
import { type Io, say } from "./io.ts";
import { describe, type JobCommand, jobOf, refuseOverlap, warnOfPatterns } from "./run-job.ts";
import { type Preparation, runStage } from "./run-stage.ts";
import { VersionCounts } from "./version-counts.ts";
import type { VersionValues } from "./version-options.ts";

/** Objects at a time, unless told otherwise: as many as the stages take. */
const defaultConcurrency = 32;

/**
 * Copies all versions of a bucket's objects, or what it held at a moment, as they are listed, page
 * after page, and writes a result line for each that was not copied, or for all. Throws a UserError for what cannot be done, and when
 * something was not done.
 */
export async function copyVersions(
  io: Io,
  command: JobCommand,
  { versions, asOf: time }: VersionValues,
): Promise<void> {
  const { values } = command;
  const { concurrency = defaultConcurrency, quiet } = values;
  const job = jobOf(command);
  warnOfPatterns(io, job, quiet);
  const { copy, dryRun, onUnknownParts, exactParts, prefix } = job;
  const isWanted = filterOf(job.filter, prefix) ?? (() => true);
  const done = new VersionCounts();
  const { results } = job;
  let seen = 0;
  const settled: Stage<Entry, Result, CopyNeeds> = {
    name: "copy",
    reads: entryCodec,
    writes: resultCodec,
    run: (entries, context) =>
      done.told(
        versions === true ? versioncopy.run(entries, context) : copyEntries(entries, context),
        results,
      ),
  };
  const run = {
    concurrency,
    quiet,
    doing: "copy objects",
    input: ({ source }: CopyNeeds, signal: AbortSignal): Pages<Entry> => {
      const all = tap(versionPages(source, { prefix, signal }), (page) => {
        seen += page.length;
      });
      return done.wanted(time === undefined ? all : asOf(all, time), isWanted);
    },
    prepare: async ({ connect }: Pick<Preparation, "connect">) => {
      const source = await connect(job.source);
      const target = await connect(job.target, dryRun === true ? { check: false } : {});
      refuseOverlap(job, { source, target }, { isPast: time !== undefined });
      if (versions === true && dryRun !== true) await refuseWithoutVersions(target, io.interrupted);
      if (time !== undefined && !quiet) await warnOfLostVersions(io, source);
      const keys = await customerKeys(io, copy, { source, target });
      return { source, target, copy, keys, onUnknownParts, exactParts };
    },
    describe: (counters: Counters): string =>
      describe(job, { counts: done.counts(counters, dryRun) }),
    finish: (): void => {
      if (done.listed === 0 && !quiet) say(io, `campanile: warning: ${nothing(job, seen, time)}`);
      done.throwIfUndone();
    },
  };
  if (dryRun === true) await runStage(io, { ...run, stage: shown, onlyReads: true });
  else await runStage(io, { ...run, stage: settled, onlyReads: false });
}

/** What a dry run writes: the versions that would be copied. */
const shown: Stage<Entry, Entry, CopyNeeds> = {
  name: "copy",
  reads: entryCodec,
  writes: entryCodec,
  run: (entries) => entries,
};

/** Why there was nothing to copy, though `seen` versions were listed. */
function nothing({ source, prefix }: Job, seen: number, time: string | undefined): string {
  const where = JSON.stringify(`s3://${source.bucket}/${prefix}`);
  if (seen === 0 || time === undefined) return `there is no version of an object in ${where}`;
  return `there was no object in ${where} at ${time} UTC, as far as its versions tell`;
}

/** Without versions nobody knows what was replaced or deleted since. */
async function warnOfLostVersions(io: Io, source: S3Bucket): Promise<void> {
  const { interrupted: signal } = io;
  // Who may not ask may know.
  const versioning = await getBucketVersioning(source, { signal }).catch(() => undefined);
  if (versioning !== "Off") return;
  const text = "what was replaced or deleted since cannot be copied";
  say(io, `campanile: warning: "s3://${source.name}" keeps no versions: ${text}`);
}

/**
 * Without versions each would take the place of the one before, and a delete marker delete the object:
 * so whoever may not ask may not copy.
 */
async function refuseWithoutVersions(target: S3Bucket, signal: AbortSignal): Promise<void> {
  const versioning = await getBucketVersioning(target, { signal });
  if (versioning === "Enabled") return;
  throw new UserError("usage", `cannot copy versions to "s3://${target.name}": it keeps none`, {
    hint: `aws s3api put-bucket-versioning --bucket ${target.name} --versioning-configuration Status=Enabled`,
  });
}
