import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

import { UserError } from "../../errors.ts";

/** The commands of the cluster at hand. */
export interface HadoopCommands {
  readonly hadoop: string;
  /** Runs a streaming job, the arguments behind it: `mapred streaming`, or `hadoop jar FILE`. */
  readonly streaming: readonly string[];
  readonly mapred: string;
}

/** Where to look for them. */
export interface HadoopPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The directory of a distribution, before HADOOP_HOME and PATH. */
  readonly hadoop?: string | undefined;
  /** hadoop-streaming.jar, for a distribution whose `mapred` does not know `streaming`. */
  readonly streamingJar?: string | undefined;
}

/**
 * Finds the commands of Hadoop: in the directory that is named, or that HADOOP_HOME names, or on
 * the PATH. Throws a UserError where they are not.
 */
export function findHadoop(place: HadoopPlace): HadoopCommands {
  const hadoop = find("hadoop", place);
  const mapred = find("mapred", place);
  const { streamingJar } = place;
  return {
    hadoop,
    mapred,
    streaming: streamingJar === undefined ? [mapred, "streaming"] : [hadoop, "jar", streamingJar],
  };
}

/** Finds Hive's command line, as `findHadoop` does, or in HIVE_HOME. */
export function findHive(place: HadoopPlace): string {
  return find("hive", place, place.env["HIVE_HOME"]);
}

function find(name: string, { env, hadoop }: HadoopPlace, home = env["HADOOP_HOME"]): string {
  if (hadoop !== undefined) {
    const program = join(hadoop, "bin", name);
    if (isProgram(program)) return program;
    throw notFound(name, `there is no ${JSON.stringify(program)}`);
  }
  const path = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const folders = home ? [join(home, "bin"), ...path] : path;
  const found = folders.map((folder) => join(folder, name)).find(isProgram);
  if (found !== undefined) return found;
  throw notFound(name, "it is neither in HADOOP_HOME nor on the PATH");
}

function notFound(name: string, why: string): UserError {
  return new UserError("missing", `cannot find Hadoop's command "${name}": ${why}`, {
    hint: "run it on a node of the cluster that jobs are sent from, or name the distribution: --hadoop DIRECTORY",
  });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
