import type { Properties } from "./step.ts";

/** What can be set of a step's job. */
export interface StepTuning {
  /** How often Hadoop tries a task before it gives the job up. */
  readonly maxAttempts: number;
  /** How long a task may be silent. Ours say something every ten seconds. */
  readonly taskTimeoutMs: number;
  /** How many lines a map task gets; left out, files are cut by their bytes. */
  readonly linesPerMap?: number | undefined;
  /** How many reduce tasks there are; none for a step without a reducer. */
  readonly reduces?: number | undefined;
  /** Whether what the step writes is packed. What is read by lines next must not be. */
  readonly gzip?: boolean | undefined;
}

/** The steps by their kind. */
export type StepKind = "list" | "diff" | "plan" | "copy" | "delete" | "fused";

/**
 * What a step is set to unless told otherwise. Attempts and time limits are the original's; with
 * more lines a map than it had, because a task works on many at a time, and at a billion objects its
 * ten lines a map would be more tasks than one job can hold (docs/hadoop.md).
 */
export const defaultTuning: Readonly<Record<StepKind, StepTuning>> = {
  list: { maxAttempts: 4, taskTimeoutMs: 300_000, linesPerMap: 1 },
  diff: { maxAttempts: 4, taskTimeoutMs: 300_000, reduces: 8 },
  plan: { maxAttempts: 4, taskTimeoutMs: 300_000, linesPerMap: 50_000 },
  copy: { maxAttempts: 6, taskTimeoutMs: 600_000, linesPerMap: 10_000, reduces: 8, gzip: true },
  fused: { maxAttempts: 4, taskTimeoutMs: 600_000, linesPerMap: 1 },
  delete: { maxAttempts: 4, taskTimeoutMs: 300_000, linesPerMap: 100_000, gzip: true },
};

/** The configuration that makes a step so, in the original's order, and after it what it lacked. */
export function tuningProperties(tuning: StepTuning): Properties {
  const { maxAttempts, taskTimeoutMs, linesPerMap, reduces = 0, gzip = false } = tuning;
  return {
    "mapreduce.map.maxattempts": String(maxAttempts),
    ...(linesPerMap !== undefined && {
      "mapreduce.input.lineinputformat.linespermap": String(linesPerMap),
    }),
    // Two tasks that do the same at once do no harm, but twice the requests.
    "mapreduce.map.speculative": "false",
    "mapreduce.task.timeout": String(taskTimeoutMs),
    ...(gzip && {
      "mapreduce.output.fileoutputformat.compress": "true",
      "mapreduce.output.fileoutputformat.compress.codec": "org.apache.hadoop.io.compress.GzipCodec",
    }),
    ...(!gzip && { "mapreduce.output.fileoutputformat.compress": "false" }),
    // Without it a job has one reducer, which sorts everything.
    "mapreduce.job.reduces": String(reduces),
    ...(reduces > 0 && {
      "mapreduce.reduce.maxattempts": String(maxAttempts),
      "mapreduce.reduce.speculative": "false",
    }),
    ...(linesPerMap !== undefined && {
      // A mapper gets the lines as they are, without their offsets.
      "stream.map.input.ignoreKey": "true",
      // The default allows a million map tasks.
      "mapreduce.job.split.metainfo.maxsize": "-1",
    }),
    // The other one, 2, leaves files in the output of a job that has failed.
    "mapreduce.fileoutputcommitter.algorithm.version": "1",
  };
}
