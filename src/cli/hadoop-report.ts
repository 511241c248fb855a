import { JobCounters } from "../engines/hadoop/job-counters.ts";
import type { JobOutput } from "../engines/hadoop/job-output.ts";
import { type HadoopPlan, planPaths } from "../engines/hadoop/plan-steps.ts";
import type { HadoopStep } from "../engines/hadoop/step.ts";
import type { MaxDelete } from "../engines/local/delete-budget.ts";
import { UserError } from "../errors.ts";
import { count, countOf } from "./amounts.ts";
import { type Io, say } from "./io.ts";

/** Groups of counters that stages have. */
const stages = [
  "diff",
  "multipartlist",
  "multipartcomplete",
  "objectdelete",
  "copyranges",
] as const;

/** Tells how the steps of a job on Hadoop go on, and adds up what they have counted. */
export class HadoopReport {
  readonly #io: Io;
  readonly #plan: HadoopPlan;
  readonly #quiet: boolean;
  readonly #maxDelete: MaxDelete;
  /** The counters of the steps that have run, by the step's output. */
  readonly #counters = new Map<string, JobCounters>();
  /** Outputs of steps of which nobody knows what they have counted. */
  readonly #lost: string[] = [];
  #shown = "";

  constructor(
    io: Io,
    plan: HadoopPlan,
    { quiet, maxDelete }: { readonly quiet: boolean; readonly maxDelete: MaxDelete },
  ) {
    this.#io = io;
    this.#plan = plan;
    this.#quiet = quiet;
    this.#maxDelete = maxDelete;
  }

  /** Throws a UserError before a step that would delete more than it may. */
  start({ name, output }: HadoopStep): void {
    if (output === planPaths(this.#plan).deleted) this.#checkDeletions();
    this.#shown = "";
    this.#say(`${name}: sent`);
  }

  passed({ name, output }: HadoopStep, counters: JobCounters | undefined): void {
    if (counters === undefined) this.#lost.push(output);
    else this.#counters.set(output, counters);
    this.#say(`${name}: is done already`);
  }

  progress(step: HadoopStep, { progress, jobId }: JobOutput): void {
    if (progress === undefined) return;
    const { map, reduce } = progress;
    const hasReducer = step.kind === "streaming" && step.reducer !== undefined;
    // Hadoop tells every percent; on a cluster that is busy for a day nobody reads them all.
    const shown = `map ${tens(map)}%${hasReducer ? `, reduce ${tens(reduce)}%` : ""}`;
    if (shown !== this.#shown)
      this.#say(`${step.name}: ${shown} (${jobId ?? "its job is not told"})`);
    this.#shown = shown;
  }

  done(
    step: HadoopStep,
    { counters, failedAttempts }: Pick<JobOutput, "counters" | "failedAttempts">,
  ): void {
    this.#counters.set(step.output, counters);
    const tried = failedAttempts.length;
    const notes = tried === 0 ? "" : `; ${countOf(tried, "attempt")} failed`;
    this.#say(`${step.name}: done${this.#describe(counters)}${notes}`);
  }

  /**
   * Adds up, and tells where the results are. Throws a UserError where the numbers of two steps that
   * have to be equal are not, and one of exit status 3 where records were skipped or failed.
   */
  finish(): void {
    const { results, upTo = "copy" } = this.#plan;
    this.#checkSums();
    this.#checkKnown();
    if (upTo === "diff" && this.#plan.diff !== undefined) return this.#tellDifference();
    if (upTo !== "copy") return;
    this.#say(`the results are in ${results}`);
    const copied = this.#of(results);
    const fused = this.#of(planPaths(this.#plan).fused);
    const undone =
      fused.get("copyranges", "skipped") +
      fused.get("copyranges", "failed") +
      fused.get("copyranges", "undeleted") +
      copied.get("multipartcomplete", "skipped") +
      copied.get("multipartcomplete", "failed") +
      this.#of(planPaths(this.#plan).deleted).get("objectdelete", "failed");
    if (undone === 0) return;
    throw new UserError("some-failed", `cannot do all: ${count(undone)} records were not done`, {
      hint: `each says why in its last column: hadoop fs -text '${results}/part-*' | grep outcome=`,
    });
  }

  /** That there is one is the answer to the question, and not a failure. */
  #tellDifference(): void {
    const { diff } = planPaths(this.#plan);
    this.#say(`the difference is in ${diff}`);
    const kinds =
      this.#plan.marks === true ? ["added", "changed", "removed"] : ["added", "changed"];
    if (this.#ofDiff(...kinds) > 0) throw new UserError("different", "");
  }

  #describe(counters: JobCounters): string {
    const { source, target } = this.#plan;
    const told = new Map<string, number>();
    for (const group of [...stages, source.bucket, target.bucket]) {
      for (const [name, n] of counters.of(group)) {
        if (n > 0 && !told.has(name)) told.set(name, n);
      }
    }
    const words = [...told].map(([name, n]) => `${count(n)} ${name}`);
    return words.length === 0 ? "" : `: ${words.join(", ")}`;
  }

  /** Every key that was listed is accounted for, and every task has a result. */
  #checkSums(): void {
    const { source, results } = this.#plan;
    const paths = planPaths(this.#plan);
    const diff = this.#of(paths.diff);
    const listed = this.#of(paths.sourceList);
    if (!listed.isEmpty && !diff.isEmpty) {
      check(
        "keys that were listed",
        listed.get(source.bucket, "Objects"),
        "compared",
        this.#ofDiff("added", "changed", "same"),
      );
    }
    const tasks = this.#of(paths.tasks);
    const copied = this.#of(results);
    if (tasks.isEmpty || copied.isEmpty) return;
    const planned = tasks.get("multipartlist", "records");
    check("tasks", planned, "answered", copied.get("multipartcomplete", "records"));
  }

  /** What is said of a run rests on what its steps have counted. */
  #checkKnown(): void {
    const [lost] = this.#lost;
    if (lost === undefined) return;
    throw new UserError(
      "failed",
      `cannot tell whether all was done: what was counted of "${lost}" is lost`,
      {
        hint: `all its steps have ended, and a record that was not done says why: hadoop fs -text '${this.#plan.results}/part-*' | grep outcome=`,
      },
    );
  }

  #checkDeletions(): void {
    const paths = planPaths(this.#plan);
    for (const output of [paths.diff, paths.targetList]) {
      if (!this.#of(output).isEmpty) continue;
      throw new UserError(
        "failed",
        `cannot delete: what was counted of "${output}" is lost, and so how many objects that would be`,
        {
          hint: `do that step again: hadoop fs -rm -r ${output}; then --resume`,
        },
      );
    }
    const removed = this.#of(paths.diff).get("diff", "removed");
    const there = this.#of(paths.targetList).get(this.#plan.target.bucket, "Objects");
    // Where a job's master was lost, its counters are those of the tasks since.
    this.#checkSums();
    check("keys of the target", there, "compared", removed + this.#ofDiff("changed", "same"));
    const most =
      "objects" in this.#maxDelete
        ? this.#maxDelete.objects
        : Math.floor((there * this.#maxDelete.percent) / 100);
    if (removed <= most) return;
    throw new UserError(
      "failed",
      `cannot delete ${count(removed)} of the ${countOf(there, "object")} of "s3://${this.#plan.target.bucket}": no more than ${count(most)} may be deleted`,
      {
        hint: `what was to be copied is copied; look at ${paths.diff}, and allow it by --max-delete`,
      },
    );
  }

  /** How many keys the difference has counted to be of these kinds. */
  #ofDiff(...kinds: readonly string[]): number {
    const counters = this.#of(planPaths(this.#plan).diff);
    return kinds.reduce((total, kind) => total + counters.get("diff", kind), 0);
  }

  #of(output: string): JobCounters {
    return this.#counters.get(output) ?? new JobCounters();
  }

  #say(text: string): void {
    if (!this.#quiet) say(this.#io, `campanile: ${text}`);
  }
}

function tens(percent: number): number {
  return percent - (percent % 10);
}

function check(what: string, expected: number, done: string, found: number): void {
  if (expected === found) return;
  throw new UserError(
    "failed",
    `cannot account for all: of ${count(expected)} ${what}, ${count(found)} were ${done}`,
    {
      hint: "the lists in the run directory tell which; run it again, and what is done is no difference",
    },
  );
}
