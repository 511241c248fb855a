/** What a process can know of the Hadoop Streaming task that it is. */
export interface StreamingTask {
  /** True for a mapper, false for a reducer. */
  readonly isMap: boolean;
  /**
   * 1 where each line of input begins with its offset in the file, which is not part of the record.
   */
  readonly skipColumns: 0 | 1;
  /** True when the task was tried before, and may have done part of its work. */
  readonly isRetry: boolean;
}

const nLineInputFormat = "org.apache.hadoop.mapred.lib.NLineInputFormat";
const textInputFormat = "org.apache.hadoop.mapred.TextInputFormat";

/**
 * Tells from the environment, in which Hadoop Streaming puts the job configuration, whether this
 * process is one of its tasks.
 *
 * A mapper gets each line's offset before it, by the rule of PipeMapper.configure: not if
 * `stream.map.input.ignoreKey` is true; if that is not set, not for TextInputFormat. Only input
 * formats whose key is the offset count; any other key is part of the record.
 */
export function streamingTask(
  env: Readonly<Record<string, string | undefined>>,
): StreamingTask | undefined {
  const isMap = env["mapreduce_task_ismap"] ?? env["mapred_task_is_map"];
  if (isMap !== "true" && isMap !== "false") return undefined;
  const attempt = env["mapreduce_task_attempt_id"] ?? env["mapred_task_id"] ?? "";
  return {
    isMap: isMap === "true",
    skipColumns: isMap === "true" && hasOffset(env) ? 1 : 0,
    isRetry: Number(/_(\d+)$/.exec(attempt)?.[1] ?? 0) > 0,
  };
}

function hasOffset(env: Readonly<Record<string, string | undefined>>): boolean {
  const format = env["mapred_input_format_class"];
  // Read as Hadoop's Configuration.getBoolean does; any other word counts as not set.
  const ignoreKey = env["stream_map_input_ignoreKey"]?.trim().toLowerCase();
  if (format === nLineInputFormat) return ignoreKey !== "true";
  return format === textInputFormat && ignoreKey === "false";
}

/**
 * Whether the file that a mapper reads lies in a directory, both by their paths alone: Hadoop adds
 * the scheme and the host. Gives undefined where the process is no mapper of files.
 */
export function inputIsIn(
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
): boolean | undefined {
  const file = env["mapreduce_map_input_file"] ?? env["map_input_file"];
  if (file === undefined) return undefined;
  return pathOf(file).startsWith(`${pathOf(directory).replace(/\/+$/, "")}/`);
}

function pathOf(name: string): string {
  return name.replace(/^[a-z][\w.+-]*:(?:\/\/[^/]*)?/, "");
}
