import { type Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../errors.ts";
import { type ChangeKind, changeKinds } from "../record/change-kind.ts";
import { byteSize } from "./quantities.ts";
import { positiveInteger } from "./options.ts";

/** What the options hold that every job on Hadoop can be given. */
export interface JobOptionValues {
  readonly hadoop?: string;
  readonly streamingJar?: string;
  readonly code?: string;
  readonly node: string;
  readonly shipNode?: string;
  readonly shipCredentials?: string;
  readonly reducers?: number;
  readonly maxAttempts?: number;
  readonly taskTimeout?: number;
  readonly gzip: boolean;
  readonly property?: Readonly<Record<string, string>>;
}

/** What the options of a command hold whose jobs run on Hadoop too. */
export interface HadoopValues extends JobOptionValues {
  readonly engine: "local" | "hadoop";
  readonly input?: string;
  readonly ranges: number;
  readonly diffWith: "shuffle" | "hive";
  readonly fused?: true;
  readonly handOver: number;
  readonly taskConcurrency?: number;
  readonly planLines?: number;
  readonly copyLines?: number;
  readonly maxFailures?: number;
  readonly resume?: true;
}

/**
 * Adds the options of a job on Hadoop to a command whose jobs run there too; `more` are the
 * command's own that mean something only there. Without `--engine hadoop` all of them are refused.
 */
export function addHadoopOptions(command: Command, more: readonly Option[] = []): void {
  const heading = "With --engine hadoop:";
  command.addOption(
    new Option(
      "--engine <where>",
      "where it runs: local, on this machine, or hadoop, as steps of Hadoop Streaming",
    )
      .choices(["local", "hadoop"])
      .default("local"),
  );
  const options = [
    ...jobOptions(),
    new Option(
      "--input <file>",
      "a part file that says how both buckets are cut, here or on the cluster (default: found out by probing the source)",
    ),
    new Option("--ranges <number>", "into how many ranges, else: a list task for each")
      .argParser(positiveInteger)
      .default(100),
    new Option("--diff-with <what>", "what compares the lists: the shuffle, or hive")
      .choices(["shuffle", "hive"])
      .default("shuffle"),
    new Option(
      "--fused",
      "do all in the mappers of one job, range by range: no lists, no shuffle; a second job copies large objects",
    ).conflicts("diffWith"),
    new Option("--hand-over <bytes>", "with --fused: from which size on an object is large")
      .argParser(byteSize)
      .default(5 * 2 ** 30, "5GiB"),
    new Option(
      "--task-concurrency <number>",
      "how many lines a task works on at a time (default: that of each step)",
    ).argParser(positiveInteger),
    new Option("--plan-lines <number>", "entries a task plans (default: 50000)").argParser(
      positiveInteger,
    ),
    new Option(
      "--copy-lines <number>",
      "objects and parts a task copies (default: 10000)",
    ).argParser(positiveInteger),
    maxFailuresOption(),
    new Option("--resume", "go on with the run in the directory of --run: pass over what is done"),
  ];
  options.push(...more);
  for (const option of options) command.addOption(option.helpGroup(heading));
  command.hook("preAction", () => {
    if (command.getOptionValue("engine") === "hadoop") return;
    const given = options.find(
      (option) => command.getOptionValueSource(option.attributeName()) === "cli",
    );
    if (given === undefined) return;
    throw new UserError(
      "usage",
      `cannot run ${command.name()} with ${given.long} on this machine`,
      {
        hint: "it is for jobs on Hadoop: add --engine hadoop",
      },
    );
  });
}

/** What a job of any step can be given. */
export function jobOptions(): readonly Option[] {
  return [
    new Option(
      "--hadoop <directory>",
      "where Hadoop is: it has bin/hadoop and bin/mapred (default: HADOOP_HOME, or the PATH)",
    ),
    new Option("--streaming-jar <file>", "run it by hadoop jar FILE (default: mapred streaming)"),
    new Option("--code <file>", "campanile.mjs as it is sent (default: this program)"),
    new Option("--node <command>", "how Node is called on the nodes of the cluster").default(
      "node",
    ),
    new Option(
      "--ship-node <file>",
      "send Node too: an executable, here or on the cluster's file system",
    ).conflicts("node"),
    new Option(
      "--ship-credentials <file>",
      "send credentials: a .boto file, or one as ~/.aws/credentials (default: what the nodes have)",
    ),
    new Option(
      "--reducers <number>",
      "reduce tasks, and so files of results (default: 8)",
    ).argParser(positiveInteger),
    new Option(
      "--max-attempts <number>",
      "how often a task is tried (default: 4; 6 to copy)",
    ).argParser(positiveInteger),
    new Option(
      "--task-timeout <seconds>",
      "how long a task may be silent (default: 300; 600 to copy)",
    ).argParser(positiveInteger),
    new Option("--no-gzip", "leave the results unpacked"),
    new Option(
      "-D, --property <name=value>",
      "any other property of the jobs, as -D mapreduce.map.memory.mb=1024; may be repeated",
    ).argParser(property),
  ];
}

/** How many failed records a Hadoop task may have. */
export function maxFailuresOption(): Option {
  return new Option(
    "--max-failures <number>",
    "in a Hadoop task: if more records than this fail, the task fails, and is tried again (default: they are rows of the output, however many)",
  ).argParser(positiveInteger);
}

/** Of which kinds of changes a step of a job is. */
export function changesOption(): Option {
  return new Option(
    "--changes <kinds>",
    "work only on these lines of a diff, as added,changed or removed; pass over all others",
  ).argParser((text): readonly ChangeKind[] => {
    const kinds = text.split(",");
    if (kinds.every((kind) => (changeKinds as readonly string[]).includes(kind))) {
      return kinds as ChangeKind[];
    }
    throw new InvalidArgumentError(`It is of ${changeKinds.join(", ")}, with commas between.`);
  });
}

function property(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("It is written NAME=VALUE.");
  const name = text.slice(0, equals);
  // All of a job's configuration is in the environment of each task, and in the job's history.
  if (/secret|password|access\.key|session\.token/i.test(name)) {
    throw new InvalidArgumentError(
      "A job's properties are no place for secrets: every user of the cluster can read them. Use --ship-credentials.",
    );
  }
  return { ...before, [name]: text.slice(equals + 1) };
}
