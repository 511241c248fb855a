import type { DeletedBefore, MaxDelete } from "../engines/local/delete-budget.ts";
import type { Job } from "../engines/local/job.ts";
import { UserError } from "../errors.ts";
import { endLeftUploads } from "../run/end-left-uploads.ts";
import type { RunDirectory } from "../run/run-directory.ts";
import type { RunPlan } from "../run/run-plan.ts";
import { addCounts, type RunCounts, type RunProgress } from "../run/run.ts";
import type { S3Bucket } from "../s3/client.ts";
import { S3Error } from "../s3/error.ts";
import { targetKeyBy } from "../stages/target-key.ts";
import { countOf } from "./amounts.ts";
import { type Io, say } from "./io.ts";
import type { LocalValues } from "./job-options.ts";
import { shellText } from "./shell-text.ts";

const localNames = ["workers", "concurrency", "maxRequestsPerSecond", "bandwidth"] as const;

type KeptLocal = Pick<LocalValues, (typeof localNames)[number]>;

/** What the plan of a run holds: all that it takes to go on with it. */
export interface KeptJob {
  readonly kind: "copy" | "sync";
  readonly job: Job;
  readonly maxDelete: MaxDelete;
  /** How it was to be run here; a resume may be told otherwise. */
  readonly local: KeptLocal;
}

/** Picks what a plan holds of how a job is run here. */
export function keptLocal(values: LocalValues): KeptLocal {
  const given = localNames.filter((name) => values[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, values[name]]));
}

/** A run that is kept in a directory while a job goes on. */
export class KeptRun {
  readonly journal: RunDirectory;
  /** The place that a user names to go on with it. */
  readonly #place: string;
  readonly #job: Job;
  /** Keys at the target of which uploads may have been left, and since when. */
  #left: ReadonlyMap<string, number> = new Map();

  constructor(journal: RunDirectory, place: string, job: Job) {
    this.journal = journal;
    this.#place = place;
    this.#job = job;
  }

  /** Ends what a process before has left at the target; nothing may have been begun yet. */
  async begin(io: Io, target: S3Bucket, quiet: boolean): Promise<void> {
    const keyOf = targetKeyBy(this.#job.copy) ?? ((key: string) => key);
    this.#left = new Map(
      this.journal.left
        .filter(({ entry }) => entry.attributes?.change !== "removed")
        .map(({ entry, sinceMs }) => [keyOf(entry.key), sinceMs]),
    );
    const { ended } = await this.#endLeft(io, target);
    if (ended > 0 && !quiet) say(io, `campanile: ended ${countOf(ended, "upload")} that was left`);
  }

  /**
   * What processes before have deleted. Keys of the target that were overwritten are not told from new ones, and so are not counted:
   * a percentage then allows too little and never too much.
   */
  get deletedBefore(): DeletedBefore {
    const { same, deleted, undeleted } = this.journal.countsBefore;
    return { targets: same + deleted + undeleted, deleted };
  }

  /** How far all of the run is. */
  progress(now: RunProgress): RunProgress {
    const { countsBefore } = this.journal;
    const expected = now.expectedObjects;
    return {
      ...now,
      counts: addCounts(countsBefore, now.counts),
      expectedObjects: expected === undefined ? undefined : countsBefore.listed + expected,
    };
  }

  /** Ends the run: all that could be done is. */
  async finish(io: Io, target: S3Bucket, now: RunProgress): Promise<void> {
    // One that the killed process had asked for just before may have been begun only now.
    await this.#endLeft(io, target);
    await this.journal.finish(now);
  }

  /** Gives the run up, if it has not ended. What cannot be written any more is done again by a resume. */
  async close(): Promise<void> {
    await this.journal.close().catch(() => {});
  }

  /** What to do when the job was ended. */
  get resumeHint(): string {
    return `to go on: campanile resume ${shellText([this.#place])}`;
  }

  /** What to do when some objects were skipped or failed. */
  retryHint(counts: RunCounts): string {
    return retryHint(this.#place, counts);
  }

  /** What to do when more was to be deleted than may be. */
  get deleteHint(): string {
    return `look at what it is, change=removed in the results, and allow it by: ${shellText(["campanile", "retry", this.#place, "--skipped", "--max-delete", "100%"])}`;
  }

  async #endLeft(io: Io, target: S3Bucket): Promise<{ readonly ended: number }> {
    const { interrupted: signal } = io;
    const { toPrefix: prefix } = this.#job;
    const { ended, left } = await endLeftUploads(target, this.#left, { prefix, signal }).catch(
      (error: unknown) => {
        // Who may not list them, or has a server that cannot, can still go on; a lifecycle rule will end them.
        const why = error instanceof S3Error ? whyUnlisted[error.status] : undefined;
        if (why === undefined) throw error;
        this.#left = new Map();
        say(
          io,
          `campanile: warning: cannot look for uploads that were left in "s3://${target.name}": ${why}`,
        );
        return { ended: 0, left: 0 };
      },
    );
    if (left > 0) {
      say(
        io,
        `campanile: warning: ${countOf(left, "upload")} in "s3://${target.name}" could not be ended`,
      );
    }
    return { ended };
  }
}

/** What to do about a run that is done but for some objects. A retry takes what was skipped only when it is asked to. */
export function retryHint(
  place: string,
  { failed, undeleted }: Pick<RunCounts, "failed" | "undeleted">,
): string {
  const retry = ["campanile", "retry", place];
  if (failed + undeleted > 0) return `to try them again: ${shellText(retry)}`;
  return skippedHint(place);
}

/** What to do when all that could be tried again was skipped. */
export function skippedHint(place: string): string {
  return `to look again at what was skipped: ${shellText(["campanile", "retry", place, "--skipped"])}`;
}

/** By the status of the answer. */
const whyUnlisted: Readonly<Record<number, string | undefined>> = {
  403: "access denied",
  405: "the server cannot list them",
  501: "the server cannot list them",
};

/** The job that the plan of a run holds. Throws a UserError where it is none of this kind. */
export function keptJobOf(plan: RunPlan, place: string): KeptJob {
  const kept = plan.job as Partial<KeptJob> | undefined;
  if (kept?.job !== undefined && (kept.kind === "copy" || kept.kind === "sync")) {
    return kept as KeptJob;
  }
  throw new UserError(
    "usage",
    `cannot go on with the run in "${place}": it is no copy and no sync`,
  );
}
