import { findHive, type HadoopCommands, type HadoopPlace } from "../hadoop/hadoop-commands.ts";

/**
 * What EMR's command-runner.jar does with a step's arguments, with the commands of the cluster at
 * hand: `hadoop-streaming …`, and `hive-script --run-hive-script --args …`. Gives the command line.
 */
export function commandRunner(
  [command = "", ...args]: readonly string[],
  { commands, place }: { readonly commands: HadoopCommands; readonly place: HadoopPlace },
): readonly string[] {
  if (command === "hadoop-streaming") return [...commands.streaming, ...args];
  if (command === "hive-script")
    return [findHive(place), ...args.slice(args.indexOf("--args") + 1)];
  return [command, ...args];
}
