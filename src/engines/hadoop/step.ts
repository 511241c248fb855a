/** A job of Hadoop Streaming, as plain data: what is planned, however it is sent. */
export interface StreamingStep {
  readonly kind: "streaming";
  /** As the original called its steps: `list.photos.part.all`. */
  readonly name: string;
  /** The command line of each map task, and of each reduce task. */
  readonly mapper: readonly string[];
  readonly reducer?: readonly string[] | undefined;
  /** Files and directories of lines. */
  readonly input: readonly string[];
  /** A directory that must not be there yet. */
  readonly output: string;
  /** Shipped into the folder each task runs in: `-files` and `-archives`, `PATH` or `PATH#NAME`. */
  readonly files: readonly string[];
  readonly archives: readonly string[];
  /** Variables that the tasks find in their environment: `-cmdenv`. They are no place for secrets. */
  readonly environment: Properties;
  /** Of the job's configuration, in the order in which they are given. */
  readonly properties: Properties;
  /** A class name; left out, lines of text. */
  readonly inputFormat?: string | undefined;
  /** A class name; left out, by the hash of the whole key. */
  readonly partitioner?: string | undefined;
}

/** A script of Hive's. */
export interface HiveStep {
  readonly kind: "hive";
  readonly name: string;
  readonly script: string;
  /** `-d NAME=VALUE`, in the order in which they are given. */
  readonly variables: Properties;
  /** The directory that it writes. */
  readonly output: string;
}

export type HadoopStep = StreamingStep | HiveStep;

/** Names and values, in order. A name that comes again replaces the one before. */
export type Properties = Readonly<Record<string, string>>;

/** Cuts its input into as many lines a map task as a property says. */
export const nLineInputFormat = "org.apache.hadoop.mapred.lib.NLineInputFormat";

/** Gives a reducer all rows whose first columns are the same. */
export const fieldPartitioner = "org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner";
