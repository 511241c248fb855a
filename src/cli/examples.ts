import type { Command } from "commander";

/**
 * Puts command lines that can be pasted at the end of a command's help; a test runs each of them.
 */
export function addExamples(command: Command, ...lines: readonly string[]): Command {
  const title = lines.length === 1 ? "Example:" : "Examples:";
  const indented = lines.map((line) => `  ${line.replaceAll("\n", "\n    ")}`);
  return command.addHelpText("after", `\n${title}\n${indented.join("\n")}`);
}
