import { randomBytes } from "node:crypto";
import { basename } from "node:path";

import { commandRunner } from "../engines/emr/command-runner.ts";
import { emrStep } from "../engines/emr/emr-step.ts";
import { FileSystem } from "../engines/hadoop/file-system.ts";
import { findHadoop } from "../engines/hadoop/hadoop-commands.ts";
import {
  type HadoopPlan,
  planPaths,
  planSteps,
  type StepSide,
} from "../engines/hadoop/plan-steps.ts";
import { runSteps } from "../engines/hadoop/run-steps.ts";
import { UserError } from "../errors.ts";
import type { RsyncValues } from "./commands/rsync.ts";
import { tuningOf } from "./hadoop-plan.ts";
import { HadoopReport } from "./hadoop-report.ts";
import type { Io } from "./io.ts";
import { defaultMaxDelete } from "./job-options.ts";
import { shellText } from "./shell-text.ts";
import { withBucket } from "./with-bucket.ts";

/**
 * Does what the original's rsync.py did: tells where the run and its output lie, and sends the steps,
 * or with a dry run writes them. Throws a UserError for what cannot be sent.
 */
export async function runRsync(io: Io, values: RsyncValues): Promise<void> {
  if (values.dryRun !== true && values.job?.startsWith("j-")) {
    throw new UserError(
      "usage",
      `cannot send steps to ${values.job}: EMR is not reached from here yet`,
      {
        hint: "write them by --dry-run --json, which is what AddJobFlowSteps takes; on the cluster's primary node they run by --job local-yarn",
      },
    );
  }
  const plan = await rsyncPlan(io, values);
  const steps = planSteps(plan);
  const verbose = values.debug === true;
  const emrSteps = steps.map((step) => emrStep(step, { verbose }));
  const isListed = values.dryRun === true || values.debug === true;
  if (isListed && values.json === true) {
    io.stdout.write(`${JSON.stringify(emrSteps, undefined, 2)}\n`);
  } else {
    const doesCopy = plan.upTo === "copy";
    const listed = values.diff === true ? planPaths(plan).diff : planPaths(plan).sourceList;
    const lines = [
      `RunDir: hdfs://${plan.directory}`,
      ...(doesCopy ? [`Output:${plan.results}`] : []),
      ...(plan.upTo === "diff" ? [`CopyInput:${listed}`] : []),
      ...(isListed
        ? emrSteps.map(({ Name, HadoopJarStep }) => `${Name}: ${shellText(HadoopJarStep.Args)}`)
        : []),
    ];
    io.stdout.write(`${lines.join("\n")}\n`);
  }
  if (values.dryRun === true) return;
  await runHere(io, plan, values);
}

async function runHere(
  io: Io,
  plan: HadoopPlan,
  { hadoop, streamingJar, quiet, debug }: RsyncValues,
): Promise<void> {
  const verbose = debug === true;
  const place = { env: io.env, hadoop, streamingJar };
  const commands = findHadoop(place);
  const run = { env: io.env, cwd: io.cwd };
  const report = new HadoopReport(io, plan, { quiet, maxDelete: defaultMaxDelete });
  await runSteps(planSteps(plan), {
    ...run,
    commands,
    place,
    files: new FileSystem(commands, run),
    signal: io.interrupted,
    commandOf: (step) =>
      commandRunner(emrStep(step, { verbose }).HadoopJarStep.Args, { commands, place }),
    onStart: (step) => report.start(step),
    onProgress: (step, output) => report.progress(step, output),
    onDone: (step, output) => report.done(step, output),
  });
  report.finish();
}

async function rsyncPlan(io: Io, values: RsyncValues): Promise<HadoopPlan> {
  const code = withoutSlash(values.code);
  const partName = basename(values.input);
  const uuid = values.uuid ?? newId();
  const hasProfile = values.srcProfile !== undefined || values.dstProfile !== undefined;
  const [source, target] = [await sideOf(io, values, "src"), await sideOf(io, values, "dst")];
  return {
    source,
    target,
    directory: `/${uuid}`,
    partFile: values.input,
    partName,
    results: `${withoutSlash(values.output)}/${partName}.${uuid}`,
    diff: values.diff === true ? { with: "hive", script: `${code}/diff.q` } : undefined,
    upTo: values.listOnly === true ? "list" : values.copy ? "copy" : "diff",
    // The file is a program by its first line, unless Node has another name on the nodes.
    program: values.node === "node" ? ["campanile.mjs"] : [values.node, "campanile.mjs"],
    files: [`${code}/campanile.mjs`, ...(hasProfile ? [`${code}/.boto`] : [])],
    archives: [],
    tuning: tuningOf(values),
    properties: values.property,
  };
}

/**
 * A side as the original named it to its programs, with the host of the bucket's region, so that no
 * task has to ask for it.
 */
async function sideOf(io: Io, values: RsyncValues, side: "src" | "dst"): Promise<StepSide> {
  const bucket = values[`${side}Bucket`];
  const profile = values[`${side}Profile`];
  const endpoint =
    values[`${side}Endpoint`] ??
    io.env["AWS_ENDPOINT_URL_S3"] ??
    (await regionalHost(io, bucket, profile ?? values.profile));
  return {
    bucket,
    options: [
      ["endpoint", endpoint],
      ...(profile === undefined ? [] : [["profile", profile] as const]),
    ],
  };
}

async function regionalHost(io: Io, bucket: string, profile: string | undefined): Promise<string> {
  let host: string | undefined;
  const side = profile === undefined ? { bucket } : { bucket, profile };
  const doing = `find the region of "s3://${bucket}"`;
  await withBucket(io, side, { doing, operation: "HeadBucket", concurrency: 1 }, async (open) => {
    const { endpoint } = await open();
    host = endpoint.replace(/^https:\/\//, "");
  });
  if (host === undefined) throw new UserError("interrupted", "interrupted");
  return host;
}

/** Two runs that begin in one second are two. */
function newId(): string {
  return `${Math.floor(Date.now() / 1000)}-${randomBytes(2).toString("hex")}`;
}

function withoutSlash(place: string): string {
  return place.replace(/\/+$/, "");
}
