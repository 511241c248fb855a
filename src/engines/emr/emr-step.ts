import { UserError } from "../../errors.ts";
import type { HadoopStep } from "../hadoop/step.ts";
import { hiveArgs, streamingArgs } from "../hadoop/streaming-args.ts";

/** A step as AddJobFlowSteps takes it. */
export interface EmrStep {
  readonly Name: string;
  readonly ActionOnFailure: "CANCEL_AND_WAIT";
  readonly HadoopJarStep: {
    readonly Jar: "command-runner.jar";
    readonly Args: readonly string[];
  };
}

/** What EMR takes of the strings of one step together, in characters. */
const maxStepCharacters = 10_240;

/**
 * Writes a step for EMR: its command-runner.jar runs the command that stands first. A step that
 * fails cancels those after it, which read what it was to write. Throws a UserError for a step that
 * EMR would refuse as too long.
 */
export function emrStep(step: HadoopStep, more: { readonly verbose?: boolean } = {}): EmrStep {
  const args =
    step.kind === "hive"
      ? ["hive-script", "--run-hive-script", "--args", ...hiveArgs(step, "-d")]
      : ["hadoop-streaming", ...streamingArgs(step, more)];
  const characters = args.reduce((sum, { length }) => sum + length, 0);
  if (characters > maxStepCharacters) {
    throw new UserError(
      "usage",
      `cannot make the step "${step.name}": its arguments have ${characters} characters, and EMR takes ${maxStepCharacters}`,
      { hint: "shorten --code, or the properties given with -D" },
    );
  }
  return {
    Name: step.name,
    ActionOnFailure: "CANCEL_AND_WAIT",
    HadoopJarStep: { Jar: "command-runner.jar", Args: args },
  };
}
