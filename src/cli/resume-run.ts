import type { MaxDelete } from "../engines/local/delete-budget.ts";
import { UserError } from "../errors.ts";
import { failedScope } from "../run/failed-scope.ts";
import { retriesOf } from "../run/retries.ts";
import { RunDirectory } from "../run/run-directory.ts";
import type { Files } from "../files/files.ts";
import { newPlan, type RunPlan } from "../run/run-plan.ts";
import { readRunState, type RunState } from "../run/run-state.ts";
import { countOf } from "./amounts.ts";
import { type Io, say } from "./io.ts";
import type { LocalValues } from "./job-options.ts";
import { keptJobOf, keptLocal, KeptRun, retryHint, skippedHint } from "./kept-run.ts";
import type { SideValues } from "./options.ts";
import { runLocally } from "./run-job.ts";
import { withFiles } from "./with-files.ts";
import { shellText } from "./shell-text.ts";

/** What `resume` and `retry` take: how the place is reached, and what is to be otherwise than it was. */
export interface ResumeValues extends LocalValues, Omit<SideValues, "bucket"> {
  readonly maxDelete?: MaxDelete;
}

export interface RetryValues extends ResumeValues {
  readonly skipped?: true;
}

/** Goes on with a run, or with the last retry of it, where it was ended. */
export async function resumeRun(io: Io, place: string, values: ResumeValues): Promise<void> {
  await withFiles(io, place, values, "the run", async (files) => {
    const found = await lastOf(files);
    const { state } = found;
    if (state.state === "done") {
      const { failed, undeleted, skipped } = state.progress.counts;
      const isFailed = failed + undeleted > 0;
      if (!values.quiet) say(io, `campanile: the run in "${place}" is done`);
      if (!isFailed && skipped === 0) return;
      const many = countOf(isFailed ? failed + undeleted : skipped, "object");
      throw new UserError("some-failed", `${many} of it ${isFailed ? "failed" : "were skipped"}`, {
        hint: retryHint(place, state.progress.counts),
      });
    }
    await goOn(io, place, state.plan, values, () => RunDirectory.open(found.files));
  });
}

/** Tries again what a run, and the retries of it, could not do: as a run of its own, in the same place. */
export async function retryRun(io: Io, place: string, values: RetryValues): Promise<void> {
  await withFiles(io, place, values, "the run", async (files) => {
    const { state, retries } = await lastOf(files);
    if (state.state !== "done") {
      throw new UserError("usage", `cannot retry the run in "${place}": it is not done`, {
        hint: `to go on with it: ${shellText(["campanile", "resume", place])}`,
      });
    }
    const outcomes = new Set(values.skipped === true ? ["failed", "skipped"] : ["failed"]);
    const scope = await failedScope([files, ...retries], state.plan, outcomes);
    if (scope.length === 0) {
      if (values.quiet) return;
      say(io, `campanile: nothing of the run in "${place}" is left to be done`);
      const { skipped, undeleted } = state.progress.counts;
      if (values.skipped !== true && skipped + undeleted > 0) say(io, `  ${skippedHint(place)}`);
      return;
    }
    const { job, prefix, toPrefix, id } = state.plan;
    const plan = newPlan({
      command: io.commandLine ?? [],
      job,
      prefix,
      toPrefix,
      retryOf: state.plan.retryOf ?? id,
    });
    // What failed to be deleted was not too much before.
    const maxDelete = values.skipped === true ? undefined : { objects: scope.length };
    const inside = files.within(`retry-${retries.length + 1}`);
    await goOn(io, place, plan, { ...(maxDelete && { maxDelete }), ...values }, () =>
      RunDirectory.create(inside, plan, scope),
    );
  });
}

/** The last of a run and its retries. Throws a UserError where there is no run. */
async function lastOf(files: Files): Promise<{
  readonly files: Files;
  readonly state: RunState;
  readonly retries: readonly Files[];
}> {
  const retries = await retriesOf(files);
  const last = retries.at(-1) ?? files;
  const state = await readRunState(last);
  if (state !== undefined) return { files: last, state, retries };
  throw new UserError("missing", `cannot go on with a run in "${files.place}": there is none`, {
    hint: "see which there are: campanile runs DIRECTORY",
  });
}

async function goOn(
  io: Io,
  place: string,
  plan: RunPlan,
  values: ResumeValues,
  open: () => Promise<RunDirectory>,
): Promise<void> {
  const { kind, job, maxDelete, local } = keptJobOf(plan, place);
  const { quiet, jsonProgress } = values;
  await runLocally(io, job, {
    ...local,
    ...keptLocal(values),
    ...(jsonProgress === undefined ? {} : { jsonProgress }),
    quiet,
    command: kind,
    maxDelete: values.maxDelete ?? maxDelete,
    keep: async () => new KeptRun(await open(), place, job),
  });
}
