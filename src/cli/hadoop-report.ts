import type { JobOutput } from "../engines/hadoop/job-output.ts";
import { type HadoopPlan, planPaths } from "../engines/hadoop/plan-steps.ts";
import type { HadoopStep } from "../engines/hadoop/step.ts";
import { UserError } from "../errors.ts";
import { count, countOf } from "./amounts.ts";
import { type Io, say } from "./io.ts";

/** Tells how the steps of a job on Hadoop go on, and adds up at the end what they have counted. */
export class HadoopReport {
  readonly #io: Io;
  readonly #plan: HadoopPlan;
  readonly #quiet: boolean;
  /** The counters of the steps that have run, by the step's output. */
  readonly #outputs = new Map<string, JobOutput>();
  #shown = "";

  constructor(io: Io, plan: HadoopPlan, quiet: boolean) {
    this.#io = io;
    this.#plan = plan;
    this.#quiet = quiet;
  }

  start({ name }: HadoopStep): void {
    this.#shown = "";
    this.#say(`${name}: sent`);
  }

  passed({ name }: HadoopStep): void {
    this.#say(`${name}: is done already`);
  }

  progress(step: HadoopStep, { progress, jobId }: JobOutput): void {
    if (progress === undefined) return;
    const { map, reduce } = progress;
    const hasReducer = step.kind === "streaming" && step.reducer !== undefined;
    // Hadoop tells every percent; on a cluster that is busy for a day nobody reads them all.
    const shown = `map ${tens(map)}%${hasReducer ? `, reduce ${tens(reduce)}%` : ""}`;
    if (shown !== this.#shown) this.#say(`${step.name}: ${shown} (${jobId ?? "no job"})`);
    this.#shown = shown;
  }

  done(step: HadoopStep, output: JobOutput): void {
    this.#outputs.set(step.output, output);
    const tried = output.failedAttempts.length;
    const notes = tried === 0 ? "" : `; ${countOf(tried, "task")} failed and was tried again`;
    this.#say(`${step.name}: done${this.#describe(step, output)}${notes}`);
  }

  /**
   * Adds up, and tells where the results are. Throws a UserError where the numbers of two steps that
   * have to be equal are not, and one of exit status 3 where records were skipped or failed.
   */
  finish(): void {
    const { results } = this.#plan;
    this.#checkSums();
    const last = this.#outputs.get(results);
    if (last === undefined) return;
    const of = (name: string): number => last.counter("multipartcomplete", name);
    const deleted = this.#outputs.get(planPaths(this.#plan).deleted);
    const undone = of("skipped") + of("failed") + (deleted?.counter("objectdelete", "failed") ?? 0);
    this.#say(`the results are in ${results}`);
    if (undone === 0) return;
    throw new UserError(
      "some-failed",
      `cannot copy all: ${count(undone)} of ${count(of("records"))} records were skipped or failed`,
      {
        hint: `each says why in its last column: hadoop fs -text '${results}/part-*' | grep outcome=`,
      },
    );
  }

  #describe(step: HadoopStep, output: JobOutput): string {
    if (step.kind === "hive" || output.counters.size === 0) return "";
    const told = new Map<string, number>();
    for (const [group, counters] of output.counters) {
      if (
        !ours.has(group) &&
        ![this.#plan.source, this.#plan.target].some((side) => side.bucket === group)
      ) {
        continue;
      }
      for (const [name, n] of counters) if (n > 0) told.set(name, (told.get(name) ?? 0) + n);
    }
    const words = [...told].map(([name, n]) => `${count(n)} ${name}`);
    return words.length === 0 ? "" : `: ${words.join(", ")}`;
  }

  /**
   * Every key that was listed is accounted for, and every task has a result. Steps of an earlier try
   * told theirs then.
   */
  #checkSums(): void {
    const { source, results } = this.#plan;
    const paths = planPaths(this.#plan);
    const list = this.#outputs.get(paths.sourceList);
    const diff = this.#outputs.get(paths.diff);
    const tasks = this.#outputs.get(paths.tasks);
    const copied = this.#outputs.get(results);
    if (list !== undefined && diff !== undefined && diff.counters.has("diff")) {
      const compared = ["added", "changed", "same"].reduce(
        (sum, kind) => sum + diff.counter("diff", kind),
        0,
      );
      check("keys that were listed", list.counter(source.bucket, "Objects"), "compared", compared);
    }
    if (tasks === undefined || copied === undefined) return;
    if (tasks.counters.size === 0 || copied.counters.size === 0) return;
    check(
      "tasks that were planned",
      tasks.counter("multipartlist", "records"),
      "answered",
      copied.counter("multipartcomplete", "records"),
    );
  }

  #say(text: string): void {
    if (!this.#quiet) say(this.#io, `campanile: ${text}`);
  }
}

/** Groups of counters that stages have. */
const ours = new Set(["diff", "multipartlist", "multipartcomplete", "objectdelete"]);

function tens(percent: number): number {
  return percent - (percent % 10);
}

function check(what: string, expected: number, done: string, found: number): void {
  if (expected === found) return;
  throw new UserError(
    "failed",
    `cannot account for all: of ${count(expected)} ${what}, ${count(found)} were ${done}`,
    {
      hint: "the lists in the run directory tell which; run the same again: what is done is passed over",
    },
  );
}
