import { Command, type CommanderError, type Option } from "commander";
import { version } from "../version.ts";
import { commandGroups } from "./command-groups.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";
import { refuseMissing, usageError } from "./usage-error.ts";

/** Help is this wide at most, in columns: longer lines are hard to read. */
const maxHelpWidth = 100;

/** Where nobody knows how wide the reader's window is. */
const defaultHelpWidth = 80;

/**
 * Declares the command line: all of it, or with the options of the commands named only, so that no
 * other is loaded. Wrong usage is thrown as a UserError; so are what help and version print, as
 * CommanderErrors.
 */
export async function programOf(io: Io, names?: readonly string[]): Promise<Command> {
  const program = new Command("campanile")
    .usage("COMMAND [options]")
    .description(
      "Lists, compares and copies S3 buckets of billions of objects, in small steps: each reads lines and writes lines, so they join in a pipe, or run as the steps of a Hadoop Streaming job.",
    )
    .version(version, "-V, --version", "print the version")
    // Ours, because commander's answers a command that it does not know with the help of all.
    .helpCommand(false)
    .hook("preAction", (_program, command) => refuseMissing(command));
  for (const [heading, commands] of Object.entries(commandGroups)) {
    for (const listed of commands) {
      const isWanted = names?.includes(listed.name) ?? true;
      const command = isWanted ? (await listed.load())(io) : new Command(listed.name);
      program.addCommand(command.summary(listed.summary).helpGroup(heading));
    }
  }
  program.addCommand(helpCommand(program).helpGroup("Help:"));
  addExamples(
    program,
    "campanile demo",
    `echo , | campanile bucketlist --bucket photos |
campanile multipartlist --src-bucket photos --dst-bucket copies |
campanile objectcopy --src-bucket photos --dst-bucket copies |
campanile multipartcomplete --bucket copies > done.tsv`,
  );
  program.addHelpText(
    "after",
    "\nMore of a command: campanile help objectcopy\n\nExit status: 0 done, 1 failed, 2 wrong usage, 3 done but for some records,\n4 denied, 5 missing, 6 they differ, 130 interrupted.",
  );
  for (const command of [program, ...program.commands]) prepare(command, io);
  return program;
}

function prepare(command: Command, io: Io): void {
  command
    .helpOption("-h, --help", "print this help")
    .configureHelp({
      helpWidth: Math.min(io.stdout.columns ?? defaultHelpWidth, maxHelpWidth),
      subcommandTerm: (subcommand) => subcommand.name(),
      optionDescription: describeOption,
    })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      // Told with the other errors.
      outputError: () => {},
    })
    .exitOverride((error: CommanderError) => {
      throw isHelp(error) ? error : usageError(error, command);
    });
}

/** Leaves out that a switch is off by default, and choices, which the text itself explains. */
function describeOption({ description, defaultValue }: Option): string {
  const hasDefault = typeof defaultValue === "number" || typeof defaultValue === "string";
  return hasDefault ? `${description} (default: ${defaultValue})` : description;
}

/** True where the output is already written, because it was asked for or because nothing was. */
function isHelp({ code }: CommanderError): boolean {
  return /^commander\.(help|helpDisplayed|version)$/.test(code);
}

function helpCommand(program: Command): Command {
  return new Command("help")
    .summary("print the help of a command")
    .description("Prints the help of a command.")
    .argument("[command]", "its name")
    .action(async (name?: string) => {
      if (name === undefined) program.help();
      program.commands.find((command) => command.name() === name)?.help();
      // What commander says of a name that it does not know.
      await program.parseAsync([name], { from: "user" });
    });
}
