import { UserError } from "../../errors.ts";
import type { HiveStep, Properties, StreamingStep } from "./step.ts";

/**
 * The arguments of `mapred streaming` (on EMR `hadoop-streaming`) for a step. Generic options come
 * before all others, or Hadoop takes them for unknown ones. Throws a UserError for a word of a
 * command line, or a path, that Streaming cannot be given.
 */
export function streamingArgs(step: StreamingStep, { verbose = false } = {}): readonly string[] {
  const { mapper, reducer, input, output, files, archives, inputFormat, partitioner } = step;
  for (const path of input) refuseGlob(path);
  return [
    ...(files.length > 0 ? ["-files", files.join(",")] : []),
    ...(archives.length > 0 ? ["-archives", archives.join(",")] : []),
    ...pairs("-D", step.properties),
    ...(inputFormat === undefined ? [] : ["-inputformat", inputFormat]),
    ...(partitioner === undefined ? [] : ["-partitioner", partitioner]),
    ...pairs("-cmdenv", step.environment),
    ...(verbose ? ["-verbose"] : []),
    "-mapper",
    commandText(mapper),
    ...(reducer === undefined ? [] : ["-reducer", commandText(reducer)]),
    ...input.flatMap((path) => ["-input", path]),
    "-output",
    output,
  ];
}

/**
 * The arguments of `hive` for a step. Its old command line has `-d` for variables, as the original
 * did; beeline, which is called `hive` from Hive 4 on, knows only `--hivevar`.
 */
export function hiveArgs(
  { script, variables }: HiveStep,
  option: "-d" | "--hivevar" = "--hivevar",
): readonly string[] {
  return ["-f", script, ...pairs(option, variables)];
}

function pairs(option: string, properties: Properties): readonly string[] {
  return Object.entries(properties).flatMap(([name, value]) => [option, `${name}=${value}`]);
}

/**
 * Writes a command line as Streaming reads it (PipeMapRed.splitArgs): only blanks separate words,
 * '…' and "…" keep them together, and there is no escape. A quote ends the word before it, so the
 * whole of a word is quoted.
 */
export function commandText(words: readonly string[]): string {
  return words
    .map((word) => {
      if (word !== "" && !/[ "']/.test(word)) return word;
      const quote = word.includes("'") ? '"' : "'";
      if (word === "" || word.includes(quote)) {
        throw new UserError(
          "usage",
          `cannot give a Hadoop task the argument ${JSON.stringify(word)}`,
          { hint: "Hadoop Streaming knows no empty argument, and none with both kinds of quotes" },
        );
      }
      return `${quote}${word}${quote}`;
    })
    .join(" ");
}

/** Hadoop takes `-input` for a list of patterns. */
function refuseGlob(path: string): void {
  if (!/[,{}*?[\]\\]/.test(path)) return;
  throw new UserError("usage", `cannot read ${JSON.stringify(path)} in a Hadoop job`, {
    hint: "Hadoop takes , { } * ? [ ] and \\ in the name of an input for a pattern",
  });
}
