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
  if (command === "hive-script") {
    const given = args.slice(args.indexOf("--args") + 1);
    // From Hive 4 on `hive` is beeline, whose -d names a driver; both know --hivevar.
    return [findHive(place), ...given.map((word) => (word === "-d" ? "--hivevar" : word))];
  }
  return [command, ...args];
}
