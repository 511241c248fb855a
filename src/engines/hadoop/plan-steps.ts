import { fieldPartitioner, type HadoopStep, nLineInputFormat, type Properties } from "./step.ts";
import { defaultTuning, type StepKind, type StepTuning, tuningProperties } from "./step-tuning.ts";

/** One side of a job. */
export interface StepSide {
  readonly bucket: string;
  /** The options of a stage that say how to reach it, without a prefix: `["--profile", "jeff"]`. */
  readonly options: readonly (readonly [name: string, value?: string])[];
}

/** What a Hadoop job is to do, as plain data. */
export interface HadoopPlan {
  readonly source: StepSide;
  readonly target: StepSide;
  /** The run directory: lists, plans and results lie in it. */
  readonly directory: string;
  /** The part file, as the tasks of the list steps read it, and what it is called in step names. */
  readonly partFile: string;
  readonly partName: string;
  /** Where the results of the copy go. */
  readonly results: string;
  /** How both sides are compared; left out: the target is not listed, and all is copied. */
  readonly diff?:
    | { readonly with: "hive"; readonly script: string }
    | {
        readonly with: "shuffle";
        readonly options: readonly string[];
        /** Whether S3 is asked about what listings cannot tell. */
        readonly asks: boolean;
      }
    | undefined;
  /** Whether the difference also has what only the target has, and says of each line what it is. */
  readonly marks?: boolean | undefined;
  /** Deletes, after the copy, what only the target has. */
  readonly delete?: boolean | undefined;
  /**
   * Does all in the mappers of one job, range by range, but for large objects, which a second one
   * copies part by part: the file on this machine in which the job is told to them.
   */
  readonly fused?: { readonly jobFile: string } | undefined;
  /** The last step. */
  readonly upTo?: "list" | "diff" | "copy" | undefined;
  /** Starts the program in a task's folder: `["node", "campanile.mjs"]`. */
  readonly program: readonly string[];
  readonly files: readonly string[];
  readonly archives: readonly string[];
  readonly environment?: Properties | undefined;
  /** Options of the stages, beside the sides. */
  readonly options?:
    | Partial<
        Readonly<
          Record<
            | "bucketlist"
            | "multipartlist"
            | "objectcopy"
            | "multipartcomplete"
            | "objectdelete"
            | "copyranges",
            readonly string[]
          >
        >
      >
    | undefined;
  readonly tuning?: Partial<Readonly<Record<StepKind, Partial<StepTuning>>>> | undefined;
  /** Properties that every streaming step is given at last. */
  readonly properties?: Properties | undefined;
}

/** Where the steps of a plan read and write. */
export interface PlanPaths {
  readonly sourceList: string;
  readonly targetList: string;
  readonly diff: string;
  readonly tasks: string;
  readonly deleted: string;
  readonly fused: string;
}

/** The paths of a plan, as the original named them. Two buckets of one name are told apart. */
export function planPaths({ directory, source, target }: HadoopPlan): PlanPaths {
  const own = source.bucket === target.bucket ? `${target.bucket}.target` : target.bucket;
  return {
    sourceList: `${directory}/${source.bucket}.list`,
    targetList: `${directory}/${own}.list`,
    diff: `${directory}/diff.list`,
    tasks: `${directory}/${source.bucket}.multipartlist`,
    deleted: `${directory}/${own}.deleted`,
    fused: `${directory}/${source.bucket}.copied`,
  };
}

/**
 * The steps of a plan, in the order in which they have to run; each reads what one before it has
 * written. They are the original's: list, list, diff, plan, copy.
 */
export function planSteps(plan: HadoopPlan): readonly HadoopStep[] {
  const { source, target, partFile, partName, results, upTo = "copy", options = {} } = plan;
  const paths = planPaths(plan);
  const name = (step: string, { bucket }: StepSide = source): string =>
    `${step}.${bucket}.${partName}`;
  const stage = (stageName: keyof typeof options, ...words: readonly string[]): string[] => [
    ...plan.program,
    stageName,
    ...words,
    ...(options[stageName] ?? []),
  ];
  const list = (side: StepSide, output: string): HadoopStep =>
    stageStep(plan, "list", {
      name: name("list", side),
      mapper: stage("bucketlist", ...sideWords(side)),
      input: [partFile],
      output,
    });
  const sides = bothSides(source, target);
  const copy = (input: string, ...more: readonly string[]): readonly HadoopStep[] => [
    stageStep(plan, "plan", {
      name: name("mlist"),
      mapper: stage("multipartlist", ...sides, ...more),
      input: [input],
      output: paths.tasks,
    }),
    stageStep(plan, "copy", {
      name: name("copy"),
      mapper: stage("objectcopy", ...sides),
      reducer: stage("multipartcomplete", ...sideWords(target)),
      input: [paths.tasks],
      output: results,
    }),
  ];
  if (plan.fused !== undefined) {
    const { jobFile } = plan.fused;
    const files = [...plan.files, `${jobFile}#job.json`];
    const fused = stageStep({ ...plan, files }, "fused", {
      name: name("fused"),
      mapper: stage("copyranges"),
      input: [partFile],
      output: paths.fused,
    });
    return [fused, ...copy(paths.fused, "--handed-over")];
  }

  const steps = [list(source, paths.sourceList)];
  const diffing = diffStep(plan, name);
  if (diffing !== undefined) {
    steps.push(list(target, paths.targetList));
    if (upTo === "list") return steps;
    steps.push(diffing);
  }
  if (upTo !== "copy") return steps;
  const changes = plan.delete === true ? ["--changes", "added,changed"] : [];
  steps.push(...copy(diffing === undefined ? paths.sourceList : paths.diff, ...changes));
  if (plan.delete === true) {
    steps.push(
      stageStep(plan, "delete", {
        name: name("delete", target),
        mapper: stage("objectdelete", ...sideWords(target), "--changes", "removed"),
        input: [paths.diff],
        output: paths.deleted,
      }),
    );
  }
  return steps;
}

function diffStep(plan: HadoopPlan, name: (step: string) => string): HadoopStep | undefined {
  const { diff, program } = plan;
  const { sourceList, targetList, diff: output } = planPaths(plan);
  if (diff === undefined) return undefined;
  if (diff.with === "shuffle") {
    const toCopy = plan.marks === true ? [] : ["--to-copy"];
    const sides = diff.asks ? bothSides(plan.source, plan.target) : [];
    return stageStep(plan, "diff", {
      name: name("diff"),
      mapper: [...program, "diffmap", "--source", sourceList],
      reducer: [...program, "diffreduce", ...diff.options, ...toCopy, ...sides],
      input: [sourceList, targetList],
      output,
    });
  }
  const all = plan.marks === true ? { ALL: "true" } : {};
  const variables = { SRC: sourceList, DST: targetList, DIFF: output, ...all };
  return { kind: "hive", name: name("hive"), script: diff.script, variables, output };
}

/** What is special about a step. */
export interface StepParts {
  readonly name: string;
  readonly mapper: readonly string[];
  readonly reducer?: readonly string[] | undefined;
  readonly input: readonly string[];
  readonly output: string;
}

/** Makes a streaming step of a kind. */
export function stageStep(
  plan: Pick<HadoopPlan, "files" | "archives" | "environment" | "tuning" | "properties">,
  kind: StepKind,
  parts: StepParts,
): HadoopStep {
  const tuning = { ...defaultTuning[kind], ...plan.tuning?.[kind] };
  return {
    kind: "streaming",
    ...parts,
    files: plan.files,
    archives: plan.archives,
    environment: plan.environment ?? {},
    properties: {
      ...tuningProperties(tuning),
      ...(kind === "copy" && parts.reducer !== undefined && uploadsTogether),
      ...plan.properties,
    },
    inputFormat: tuning.linesPerMap === undefined ? undefined : nLineInputFormat,
    partitioner: kind === "copy" && parts.reducer !== undefined ? fieldPartitioner : undefined,
  };
}

/**
 * Has all rows of a key come to one reducer, and those of an upload one after the other, so that it
 * holds the parts of a few uploads and not of all: sorted by key, ETag and upload id, partitioned by
 * the key alone.
 */
const uploadsTogether: Properties = {
  "stream.num.map.output.key.fields": "3",
  "mapreduce.partition.keypartitioner.options": "-k1,1",
};

/** As the original named both: first which buckets, then how to reach them. */
function bothSides(source: StepSide, target: StepSide): readonly string[] {
  const isWhere = (name: string): boolean => name === "bucket" || name === "endpoint";
  const words = (chosen: (name: string) => boolean): readonly string[] => [
    ...sideWords(source, "src-", chosen),
    ...sideWords(target, "dst-", chosen),
  ];
  return [...words(isWhere), ...words((name) => !isWhere(name))];
}

function sideWords(
  { bucket, options }: StepSide,
  prefix = "",
  chosen: (name: string) => boolean = () => true,
): readonly string[] {
  const all: StepSide["options"] = [["bucket", bucket], ...options];
  return all
    .filter(([name]) => chosen(name))
    .flatMap(([name, value]) => [`--${prefix}${name}`, ...(value === undefined ? [] : [value])]);
}
