import { UserError } from "../errors.ts";
import { asOf } from "../listing/as-of.ts";
import { filterOf } from "../listing/entry-filter.ts";
import { versionPages } from "../listing/version-pages.ts";
import { type Entry, entryCodec } from "../record/entry.ts";
import { type Result, resultCodec } from "../record/result.ts";
import type { S3Bucket } from "../s3/client.ts";
import { S3Error } from "../s3/error.ts";
import { getBucketVersioning } from "../s3/get-bucket-versioning.ts";
import type { Stage } from "../stage.ts";
import { copyEntries, type CopyNeeds } from "../stages/copy-chain.ts";
import { versioncopy } from "../stages/versioncopy.ts";
import type { Pages } from "../stream/pages.ts";
import { customerKeys } from "./customer-keys.ts";
import type { Io } from "./io.ts";
import { type JobCommand, jobOf, refuseOverlap } from "./run-job.ts";
import { type Preparation, runStage } from "./run-stage.ts";
import type { VersionValues } from "./version-options.ts";

/** Objects at a time, unless told otherwise: as many as the stages take. */
const defaultConcurrency = 32;

/**
 * Copies all versions of a bucket's objects, or what it held at a moment, as they are listed, page
 * after page, and writes a result line for each. Throws a UserError for what cannot be done, and when
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
  const { copy, dryRun, onUnknownParts, exactParts, prefix } = job;
  const isWanted = filterOf(job.filter) ?? (() => true);
  const settled: Stage<Entry, Result, CopyNeeds> = {
    name: "copy",
    reads: entryCodec,
    writes: resultCodec,
    run: (entries, context) =>
      versions === true ? versioncopy.run(entries, context) : copyEntries(entries, context),
  };
  const run = {
    concurrency,
    quiet,
    doing: "copy objects",
    input: ({ source }: CopyNeeds, signal: AbortSignal): Pages<Entry> => {
      const all = versionPages(source, { prefix, signal });
      return wanted(time === undefined ? all : asOf(all, time), isWanted);
    },
    prepare: async ({ connect }: Pick<Preparation, "connect">) => {
      const source = await connect(job.source);
      const target = await connect(job.target, dryRun === true ? { check: false } : {});
      refuseOverlap(job, { source, target }, { isPast: time !== undefined });
      if (versions === true && dryRun !== true) await refuseWithoutVersions(target, io.interrupted);
      const keys = await customerKeys(io, copy, { source, target });
      return { source, target, copy, keys, onUnknownParts, exactParts };
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

async function* wanted(entries: Pages<Entry>, isWanted: (entry: Entry) => boolean): Pages<Entry> {
  for await (const page of entries) {
    const found = [...page].filter(isWanted);
    if (found.length > 0) yield found;
  }
}

/** Without versions each would take the place of the one before, and a delete marker delete the object. */
async function refuseWithoutVersions(target: S3Bucket, signal: AbortSignal): Promise<void> {
  const versioning = await getBucketVersioning(target, { signal }).catch((error: unknown) => {
    // Who may not ask may know.
    if (error instanceof S3Error && error.status === 403) return "Enabled";
    throw error;
  });
  if (versioning === "Enabled") return;
  throw new UserError("usage", `cannot copy versions to "s3://${target.name}": it keeps none`, {
    hint: `aws s3api put-bucket-versioning --bucket ${target.name} --versioning-configuration Status=Enabled`,
  });
}
