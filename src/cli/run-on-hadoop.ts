import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FileSystem } from "../engines/hadoop/file-system.ts";
import {
  findHadoop,
  type HadoopCommands,
  type HadoopPlace,
} from "../engines/hadoop/hadoop-commands.ts";
import { type HadoopPlan, planSteps } from "../engines/hadoop/plan-steps.ts";
import { commandOf, runSteps } from "../engines/hadoop/run-steps.ts";
import { UserError } from "../errors.ts";
import { partitionByProbing } from "../ranges/partition.ts";
import { rangeLineCodec } from "../ranges/range-line.ts";
import { type HadoopCommand, hadoopPlan, type PartFileToBring } from "./hadoop-plan.ts";
import { HadoopReport } from "./hadoop-report.ts";
import { type Io, say } from "./io.ts";
import { defaultMaxDelete } from "./job-options.ts";
import { sideValues } from "./options.ts";
import { warnOfPatterns } from "./run-job.ts";
import { shellText } from "./shell-text.ts";
import { withBucket } from "./with-bucket.ts";

/** Requests for each range that is probed: half of them list a bucket that is small enough. */
const probesARange = 4;

/**
 * Runs a command's job as steps on the Hadoop at hand; a dry run writes their command lines instead.
 * Throws a UserError for what fails, and of exit status 3 when records were skipped or failed.
 */
export async function runOnHadoop(io: Io, command: HadoopCommand): Promise<void> {
  const { values } = command;
  const { plan: made, bring, job } = hadoopPlan(io, command);
  warnOfPatterns(io, job, values.quiet);
  const place = { env: io.env, hadoop: values.hadoop, streamingJar: values.streamingJar };
  const commands = findHadoop(place);
  if (values.dryRun === true) {
    const bringing = bring && bringText(commands.hadoop, made, bring);
    const telling =
      made.fused &&
      `${shellText(["printf", "%s\\n", JSON.stringify(job)])} > ${shellText([made.fused.jobFile])}`;
    const lines = planSteps(made).map((step) => shellText(commandOf(step, { commands, place })));
    const all = [`${commands.hadoop} fs -mkdir -p ${made.directory}`, bringing, telling, ...lines];
    io.stdout.write(`${all.filter((line) => line !== undefined).join("\n")}\n`);
    return;
  }
  // What is sent along is taken from here: Hadoop takes a path without a scheme for one on this machine.
  const here = await mkdtemp(join(tmpdir(), "campanile-"));
  try {
    const jobFile = join(here, "job.json");
    await writeFile(jobFile, `${JSON.stringify(job)}\n`);
    await runPlan(io, command, {
      plan: { ...made, fused: made.fused && { jobFile } },
      bring,
      commands,
      place,
    });
  } finally {
    await rm(here, { recursive: true, force: true });
  }
}

async function runPlan(
  io: Io,
  command: HadoopCommand,
  {
    plan,
    bring,
    commands,
    place,
  }: {
    readonly plan: HadoopPlan;
    readonly bring: PartFileToBring | undefined;
    readonly commands: HadoopCommands;
    readonly place: HadoopPlace;
  },
): Promise<void> {
  const { values } = command;
  const run = { env: io.env, cwd: io.cwd };
  const files = new FileSystem(commands, run);
  const isResumed = values.resume === true;
  const { quiet, maxDelete = defaultMaxDelete } = values;
  const report = new HadoopReport(io, plan, { quiet, maxDelete });
  if (!values.quiet) say(io, `campanile ${command.command}: the run lies in ${plan.directory}`);
  await files.makeDirectory(plan.directory);
  if (bring !== undefined && !(isResumed && (await files.isThere(plan.partFile)))) {
    await files.write(plan.partFile, await partFileOf(io, command, bring));
  }
  await runSteps(planSteps(plan), {
    ...run,
    commands,
    place,
    files,
    signal: io.interrupted,
    resume: isResumed,
    onStart: (step) => report.start(step),
    onProgress: (step, output) => report.progress(step, output),
    onDone: (step, output) => report.done(step, output),
    onPassed: (step, counters) => report.passed(step, counters),
  });
  report.finish();
}

function bringText(
  hadoop: string,
  { source, partFile }: HadoopPlan,
  bring: PartFileToBring,
): string {
  if ("file" in bring) return shellText([hadoop, "fs", "-put", "-f", bring.file, partFile]);
  const { prefix, ranges } = bring.cut;
  const address = `s3://${source.bucket}${prefix === "" ? "" : `/${prefix}`}`;
  const cut = shellText(["campanile", "partition", address, "--ranges", String(ranges)]);
  return `${cut} | ${shellText([hadoop, "fs", "-put", "-f", "-", partFile])}`;
}

/** The lines of the part file: that of the user, or ranges of about equal size. */
async function partFileOf(
  io: Io,
  { source, values }: HadoopCommand,
  bring: PartFileToBring,
): Promise<string | Uint8Array> {
  if ("file" in bring) return await readFile(bring.file);
  const { prefix, ranges } = bring.cut;
  const side = { ...sideValues({ ...values }, "src"), bucket: source.bucket };
  let text: string | undefined;
  await withBucket(
    io,
    side,
    { doing: `cut "s3://${source.bucket}" into ranges`, concurrency: ranges },
    async (open) => {
      const partition = await partitionByProbing(await open(), {
        prefix,
        ranges,
        maxRequests: probesARange * ranges,
        signal: io.interrupted,
      });
      text = partition.ranges.map((range) => `${rangeLineCodec.encode(range)}\n`).join("");
    },
  );
  if (text === undefined) throw new UserError("interrupted", "interrupted");
  return text;
}
