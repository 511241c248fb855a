import { FileSystem } from "../engines/hadoop/file-system.ts";
import { findHadoop } from "../engines/hadoop/hadoop-commands.ts";
import { stageStep } from "../engines/hadoop/plan-steps.ts";
import { commandOf, runSteps } from "../engines/hadoop/run-steps.ts";
import type { StepKind } from "../engines/hadoop/step-tuning.ts";
import { UserError } from "../errors.ts";
import { count } from "./amounts.ts";
import type { StepValues } from "./commands/hadoop.ts";
import { shippedOf, tuningOf } from "./hadoop-plan.ts";
import { type Io, say } from "./io.ts";
import { shellText } from "./shell-text.ts";

/** Which step of a job a stage is the mapper of. */
const kinds: Readonly<Record<string, StepKind | undefined>> = {
  bucketlist: "list",
  diffmap: "diff",
  multipartlist: "plan",
  objectcopy: "copy",
  objectdelete: "delete",
  copyranges: "fused",
};

/** Runs one stage as a job of the cluster at hand. */
export async function runStep(
  io: Io,
  [stage, ...words]: readonly [string, ...string[]],
  values: StepValues,
): Promise<void> {
  const kind = kinds[stage];
  if (kind === undefined) {
    throw new UserError("usage", `cannot run ${JSON.stringify(stage)} as a mapper`, {
      hint: `it is one of ${Object.keys(kinds).join(", ")}`,
    });
  }
  const shipped = shippedOf(io, values);
  const program = (of: readonly string[]): readonly string[] => [...shipped.program, ...of];
  const { lines, reducer, quiet } = values;
  const tuning = tuningOf(values)?.[kind];
  const step = stageStep(
    {
      ...shipped,
      properties: values.property,
      tuning: {
        [kind]: {
          ...tuning,
          ...(lines !== undefined && { linesPerMap: lines }),
          ...(reducer === undefined && { reduces: 0 }),
        },
      },
    },
    kind,
    {
      name: stage,
      mapper: program([stage, ...words]),
      reducer: reducer === undefined ? undefined : program(reducer.trim().split(/\s+/)),
      input: values.input,
      output: values.output,
    },
  );
  const place = { env: io.env, hadoop: values.hadoop, streamingJar: values.streamingJar };
  const commands = findHadoop(place);
  if (values.dryRun === true) {
    io.stdout.write(`${shellText(commandOf(step, { commands, place }))}\n`);
    return;
  }
  const run = { env: io.env, cwd: io.cwd };
  await runSteps([step], {
    ...run,
    commands,
    place,
    files: new FileSystem(commands, run),
    signal: io.interrupted,
    onDone: (_, { counters }) => {
      if (quiet) return;
      const of = reducer === undefined ? stage : (reducer.trim().split(/\s+/, 1)[0] ?? stage);
      const told = [...counters.of(of)].map(([name, n]) => `${count(n)} ${name}`);
      say(io, `campanile hadoop: ${stage} is done${told.length > 0 ? `: ${told.join(", ")}` : ""}`);
    },
  });
}
