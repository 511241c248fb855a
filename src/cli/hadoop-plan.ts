import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { basename, resolve } from "node:path";

import { bundleFile, bundleName } from "../engines/hadoop/bundle-file.ts";
import type { HadoopPlan, StepSide } from "../engines/hadoop/plan-steps.ts";
import type { Properties } from "../engines/hadoop/step.ts";
import type { StepTuning } from "../engines/hadoop/step-tuning.ts";
import type { Job } from "../engines/local/job.ts";
import { UserError } from "../errors.ts";
import { isModulePath } from "../listing/filter-expression.ts";
import { copyArguments } from "../stages/copy-options.ts";
import { filterArguments } from "./filter-options.ts";
import type { HadoopValues, JobOptionValues } from "./hadoop-options.ts";
import type { Io } from "./io.ts";
import { defaultMaxDelete, type JobValues } from "./job-options.ts";
import type { SideValues } from "./options.ts";
import { jobOf, type JobCommand } from "./run-job.ts";

/** A command whose job is to run on Hadoop. */
export interface HadoopCommand extends Omit<JobCommand, "command" | "values"> {
  readonly command: JobCommand["command"] | "diff";
  readonly values: JobValues & HadoopValues & { readonly toCopy?: true };
}

/** A part file that has to be brought to the cluster before the first step; or is to be made. */
export type PartFileToBring =
  | { readonly file: string }
  | { readonly cut: { readonly prefix: string; readonly ranges: number } };

/** What a job on Hadoop is, and what has to be brought to the cluster first. */
export interface HadoopWork {
  readonly plan: HadoopPlan;
  readonly bring: PartFileToBring | undefined;
  /** What the mappers of a fused job are told. */
  readonly job: Job;
}

/**
 * The plan of a command's job, and where the part file is to come from if it does not lie on the
 * cluster already. Throws a UserError for what cannot be done there.
 */
export function hadoopPlan(io: Io, { command, values, ...of }: HadoopCommand): HadoopWork {
  const isDiff = command === "diff";
  const job = jobOf({ ...of, command: isDiff ? "sync" : command, values });
  refuseLocalOptions(job, values);
  const directory = values.run === undefined ? defaultDirectory(io) : absolute(values.run);
  const { input } = values;
  const isHere = input !== undefined && existsSync(resolve(io.cwd, input));
  const bring = isHere
    ? { file: resolve(io.cwd, input) }
    : input === undefined
      ? { cut: { prefix: job.prefix, ranges: values.ranges } }
      : undefined;
  const partName = input === undefined ? "part.all" : basename(input);
  const source = sideFrom(job.source, io);
  const target = sideFrom(job.target, io);
  return {
    bring,
    job: { ...job, source, target, results: "all", handOverBytes: values.handOver },
    plan: {
      source: sideOf(source),
      target: sideOf(target),
      directory,
      partFile: bring === undefined ? input! : `${directory}/${partName}`,
      partName,
      results: `${directory}/results`,
      diff: job.compare === undefined || values.fused === true ? undefined : diffOf(job, values),
      marks: isDiff ? values.toCopy !== true : job.delete === true,
      delete: job.delete,
      upTo: isDiff ? "diff" : "copy",
      fused: values.fused === true ? { jobFile: "job.json" } : undefined,
      ...shippedOf(io, values),
      options: stageOptions(job, values),
      tuning: tuningOf(values),
      properties: values.property,
    },
  };
}

/** Where a run lies unless it is said: in the user's directory of the cluster's file system. */
function defaultDirectory({ env }: Io): string {
  const user = env["HADOOP_USER_NAME"] ?? env["USER"] ?? userInfo().username;
  const now = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  return `/user/${user}/campanile/${now}Z-${randomBytes(2).toString("hex")}`;
}

/** A directory of the cluster. A task could not tell which of its inputs lie in a relative one. */
function absolute(directory: string): string {
  if (/^(?:\/|[a-z][\w+.-]*:\/)/.test(directory)) return directory.replace(/\/+$/, "");
  throw new UserError("usage", `cannot run it on Hadoop in ${JSON.stringify(directory)}`, {
    hint: "name the directory from the root of the cluster's file system: --run /user/YOU/RUN",
  });
}

function refuseLocalOptions(job: Job, values: HadoopCommand["values"]): void {
  const { filter, copy } = job;
  const given: readonly (readonly [boolean, string, string])[] = [
    [
      values.input !== undefined && job.prefix !== "" && values.fused !== true,
      "--input and a folder",
      "the part file says which keys are meant; leave out the one or the other",
    ],
    [
      job.list !== undefined,
      "--from-list",
      "put the list on the cluster, and go on by its steps: campanile hadoop --help",
    ],
    [
      filterArguments(filter).length > 0 && job.delete === true && values.fused !== true,
      "--delete and --include, --exclude and the like",
      "how many objects that would be is counted without them; with --fused it can",
    ],
    [
      filter.expression !== undefined && isModulePath(filter.expression),
      "a module as --filter",
      "it does not lie on the nodes; give an expression",
    ],
    [
      copy.srcSseCKeyFile !== undefined || copy.dstSseCKeyFile !== undefined,
      "keys of the customer's",
      "they would lie on every node",
    ],
    [
      job.compare !== undefined && job.prefix !== job.toPrefix && values.fused !== true,
      "two folders of other names",
      "the lists are compared by whole keys; with --fused it can",
    ],
    [
      values.workers !== undefined ||
        values.concurrency !== undefined ||
        values.maxRequestsPerSecond !== undefined ||
        values.bandwidth !== undefined,
      "--workers, --concurrency, --max-requests-per-second or --bandwidth",
      "see --task-concurrency, and how many tasks the cluster runs at a time",
    ],
    [
      values.fused === true && values.maxDelete !== undefined && "objects" in values.maxDelete,
      "--fused and a number of objects as --max-delete",
      "each task checks what it deletes by itself: say how many percent, as --max-delete 10%",
    ],
    [
      job.delete === true && values.diffWith === "hive",
      "--delete and --diff-with hive",
      "Hive does not tell how many objects it would be; let the shuffle compare",
    ],
  ];
  for (const [isGiven, names, hint] of given) {
    if (!isGiven) continue;
    throw new UserError("usage", `cannot run it on Hadoop with ${names}`, { hint });
  }
}

/**
 * A side with what this process would take from its environment said in words, for the nodes have
 * another.
 */
function sideFrom(side: SideValues, { env }: Io): SideValues {
  const endpoint = side.endpoint ?? env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"];
  const region = side.region ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"];
  const profile = side.profile ?? env["AWS_PROFILE"];
  return {
    ...side,
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(profile && { profile }),
  };
}

/** How the stages are told to reach a bucket. */
function sideOf({ bucket, endpoint, region, profile, ...more }: SideValues): StepSide {
  const { addressing, expectedOwner, requesterPays } = more;
  const named = {
    endpoint,
    region,
    profile,
    addressing,
    "expected-owner": expectedOwner,
  };
  const options = Object.entries(named).filter(
    (one): one is [string, NonNullable<(typeof one)[1]>] => one[1] !== undefined,
  );
  return { bucket, options: [...options, ...(requesterPays ? [["requester-pays"] as const] : [])] };
}

function diffOf(job: Job, { diffWith }: HadoopValues): NonNullable<HadoopPlan["diff"]> {
  const { compare = "auto" } = job;
  const asks = compare === "auto" || compare === "checksum";
  if (diffWith === "shuffle") return { with: "shuffle", options: ["--compare", compare], asks };
  if (compare !== "etag") {
    throw new UserError("usage", `cannot compare by ${compare} with Hive`, {
      hint: "its query compares sizes and ETags: give --compare etag, or let the shuffle compare",
    });
  }
  return { with: "hive", script: hiveScript() };
}

/** The query lies beside the program, as it is published. */
function hiveScript(): string {
  const places = ["../../hive/diff.q", "../hive/diff.q", "../../../hive/diff.q"];
  const found = places
    .map((place) => new URL(place, import.meta.url).pathname)
    .find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new UserError("missing", "cannot find hive/diff.q, which lies beside the program");
}

/** What is sent to the nodes, and how the program is started there. */
export function shippedOf(
  { cwd }: Pick<Io, "cwd">,
  {
    code,
    node,
    shipNode,
    shipCredentials,
  }: Pick<HadoopValues, "code" | "node" | "shipNode" | "shipCredentials">,
): Pick<HadoopPlan, "program" | "files" | "archives" | "environment"> {
  const here = (file: string): string => (isHere(file) ? resolve(cwd, file) : file);
  const files = [`${here(code ?? bundleFile())}#${bundleName}`];
  let environment: Properties | undefined;
  if (shipNode !== undefined) files.push(`${here(shipNode)}#node`);
  if (shipCredentials !== undefined) {
    const isBoto = basename(shipCredentials).endsWith(".boto");
    const name = isBoto ? ".boto" : "credentials";
    files.push(`${here(shipCredentials)}#${name}`);
    if (!isBoto) environment = { AWS_SHARED_CREDENTIALS_FILE: name };
  }
  // In its folder a task finds `node` before the one on the PATH.
  const program = [shipNode === undefined ? node : "node", bundleName];
  return { program, files, archives: [], environment };
}

function isHere(file: string): boolean {
  return !/^[a-z][\w+.-]*:\//.test(file);
}

function stageOptions(job: Job, values: JobValues & HadoopValues): HadoopPlan["options"] {
  const { taskConcurrency, maxFailures } = values;
  const { noOverwrite, ifUnchanged, verify } = job.copy;
  const limits = taskConcurrency === undefined ? [] : ["--concurrency", String(taskConcurrency)];
  const failures = maxFailures === undefined ? [] : ["--max-failures", String(maxFailures)];
  const unknown = ["--on-unknown-parts", values.onUnknownParts];
  const copy = copyArguments(job.copy);
  // What mappers of ranges leave to others is what the filter has let through.
  const filter = values.fused === true ? [] : filterArguments(job.filter);
  const exact = values.exactParts ? ["--exact-parts"] : [];
  const { maxDelete = defaultMaxDelete } = values;
  const deletes =
    job.delete === true && "percent" in maxDelete ? ["--max-delete", `${maxDelete.percent}%`] : [];
  return {
    bucketlist: limits,
    multipartlist: [...filter, ...copy, ...unknown, ...exact, ...limits, ...failures],
    objectcopy: [...copy, ...limits, ...failures],
    // What it cannot complete it ends, and another try would find nothing to complete.
    multipartcomplete: [
      ...copyArguments({ noOverwrite, ifUnchanged, verify }),
      ...unknown,
      ...limits,
    ],
    objectdelete: failures,
    copyranges: [...deletes, ...limits, ...failures],
  };
}

/** What is set of the jobs of each kind of step. */
export function tuningOf(
  values: JobOptionValues & Pick<HadoopValues, "planLines" | "copyLines">,
): HadoopPlan["tuning"] {
  const { maxAttempts, taskTimeout, reducers, gzip, planLines, copyLines } = values;
  const all: Partial<StepTuning> = {
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(taskTimeout !== undefined && { taskTimeoutMs: taskTimeout * 1000 }),
  };
  const reduces = reducers === undefined ? {} : { reduces: reducers };
  return {
    list: all,
    fused: all,
    diff: { ...all, ...reduces },
    plan: { ...all, ...(planLines !== undefined && { linesPerMap: planLines }) },
    copy: {
      ...all,
      ...reduces,
      gzip,
      ...(copyLines !== undefined && { linesPerMap: copyLines }),
    },
    delete: { ...all, gzip },
  };
}
