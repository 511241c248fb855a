import { exitStatus, type Reason, UserError } from "../../errors.ts";
import type { FileSystem } from "./file-system.ts";
import { findHive, type HadoopCommands, type HadoopPlace } from "./hadoop-commands.ts";
import { JobCounters } from "./job-counters.ts";
import { JobOutput } from "./job-output.ts";
import { runProgram } from "./run-program.ts";
import type { HadoopStep, StreamingStep } from "./step.ts";
import { hiveArgs, streamingArgs } from "./streaming-args.ts";

/** What the steps are run with. */
export interface StepRun {
  readonly commands: HadoopCommands;
  readonly place: HadoopPlace;
  readonly files: FileSystem;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Ends the job that runs, and the rest is not begun. */
  readonly signal: AbortSignal;
  /** Passes over steps that an earlier run has done. */
  readonly resume?: boolean | undefined;
  /** Makes the command line of a step; left out: `commandOf`. */
  readonly commandOf?: typeof commandOf | undefined;
  readonly onStart?: ((step: HadoopStep) => void) | undefined;
  readonly onProgress?: ((step: HadoopStep, output: JobOutput) => void) | undefined;
  readonly onDone?: ((step: HadoopStep, output: JobOutput) => void) | undefined;
  /**
   * Told that a step is passed over, and what it had counted: undefined where the run was ended
   * before that was kept.
   */
  readonly onPassed?: ((step: HadoopStep, counters: JobCounters | undefined) => void) | undefined;
}

/**
 * Runs steps one after the other on the cluster at hand. Throws a UserError that says of a step that
 * failed what Hadoop and our tasks said, and where the rest is to be read.
 */
export async function runSteps(steps: readonly HadoopStep[], run: StepRun): Promise<void> {
  for (const step of steps) {
    if (run.signal.aborted) throw new UserError("interrupted", "interrupted");
    if (run.resume === true) {
      if (await run.files.isThere(doneMark(step))) {
        const kept = await run.files.read(countersOf(step));
        run.onPassed?.(step, kept === undefined ? undefined : JobCounters.parse(kept));
        continue;
      }
      // What a step that was not finished has left is in the way of the next try.
      await run.files.delete(step.output);
    }
    run.onStart?.(step);
    const output = await (step.kind === "hive" ? runHive(step, run) : runStreaming(step, run));
    await run.files.write(countersOf(step), `${output.counters.toJson()}\n`);
    run.onDone?.(step, output);
  }
}

/** The command line of a step, as its words. */
export function commandOf(
  step: HadoopStep,
  { commands, place }: Pick<StepRun, "commands" | "place">,
): readonly string[] {
  return step.kind === "hive"
    ? [findHive(place), ...hiveArgs(step)]
    : [...commands.streaming, ...streamingArgs(namedJob(step))];
}

function lineOf(step: HadoopStep, run: StepRun): readonly string[] {
  return (run.commandOf ?? commandOf)(step, run);
}

/** Hadoop would name the job after a file with a number in it. */
function namedJob(step: StreamingStep): StreamingStep {
  return { ...step, properties: { "mapreduce.job.name": step.name, ...step.properties } };
}

/** The file that tells that a step's output is whole. */
function doneMark({ output }: HadoopStep): string {
  return `${output}/_SUCCESS`;
}

/** Where the counters of a step are kept; readers of its output pass over such a name. */
function countersOf({ output }: HadoopStep): string {
  return `${output}/_counters.json`;
}

async function runHive(step: HadoopStep, run: StepRun): Promise<JobOutput> {
  const { status, lastLines } = await runProgram(lineOf(step, run), run);
  if (status !== 0) {
    throw new UserError("failed", `cannot run ${step.name}: hive ended with ${status}`, {
      hint: lastLines.join("\n  "),
    });
  }
  // Hive leaves none, so that a run that goes on could not tell half a difference from a whole one.
  await run.files.write(doneMark(step), "");
  return new JobOutput();
}

async function runStreaming(step: HadoopStep, run: StepRun): Promise<JobOutput> {
  const output = new JobOutput();
  const kill = (): void => {
    if (output.jobId === undefined) return;
    void runProgram([run.commands.mapred, "job", "-kill", output.jobId], run).catch(() => {});
  };
  run.signal.addEventListener("abort", kill, { once: true });
  try {
    const { status, lastLines } = await runProgram(lineOf(step, run), {
      ...run,
      onLine(line) {
        const before = output.jobId;
        if (output.read(line)) run.onProgress?.(step, output);
        if (before !== output.jobId && run.signal.aborted) kill();
      },
    });
    if (run.signal.aborted) throw new UserError("interrupted", "interrupted");
    if (status !== 0) throw stepFailed(step, output, status, lastLines);
    return output;
  } finally {
    run.signal.removeEventListener("abort", kill);
  }
}

/** What Hadoop's client ends with (StreamJob), beside 1: the job has failed. */
const clientStatus: Readonly<Record<number, string>> = {
  2: "its input is not there",
  3: "its configuration is invalid",
  4: "its output is there already",
};

function stepFailed(
  { name }: HadoopStep,
  output: JobOutput,
  status: number,
  lastLines: readonly string[],
): UserError {
  const { failedAttempts, failure, jobId } = output;
  const last = failedAttempts.at(-1);
  const told = last?.status === undefined ? undefined : reasonOf(last.status);
  const why =
    last === undefined
      ? (failure ?? clientStatus[status] ?? `Hadoop's client ended with ${status}`)
      : `${last.attempt} ${told === undefined ? `failed: ${last.reason}` : `ended with ${last.status} (${told.said})`}`;
  const hint =
    jobId === undefined
      ? lastLines.join("\n  ")
      : `what its tasks said: yarn logs -applicationId ${jobId.replace("job", "application")} -log_files stderr`;
  return new UserError(told?.reason ?? "failed", `cannot run ${name}: ${why}`, { hint });
}

/** What an exit status of ours means, as docs/exit-status.md has it. */
function reasonOf(status: number): { reason: Reason; said: string } | undefined {
  const found = Object.entries(exitStatus).find(([, number]) => number === status);
  if (found === undefined) return undefined;
  const reason = found[0] as Reason;
  return { reason, said: reasons[reason] };
}

const reasons: Readonly<Record<Reason, string>> = {
  failed: "it failed as a whole",
  usage: "wrong usage, or a line that cannot be read",
  "some-failed": "some records were not done",
  denied: "denied",
  missing: "a bucket, a profile or a file is missing on the node",
  different: "they differ",
  interrupted: "it was interrupted",
};
