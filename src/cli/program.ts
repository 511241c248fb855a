import { Command, type CommanderError, type Option } from "commander";
import { version } from "../version.ts";
import { bucketlistCommand } from "./commands/bucketlist.ts";
import { copyCommand } from "./commands/copy.ts";
import { copyrangesCommand } from "./commands/copyranges.ts";
import { demoCommand } from "./commands/demo.ts";
import { diffCommand } from "./commands/diff.ts";
import { diffmapCommand } from "./commands/diffmap.ts";
import { diffreduceCommand } from "./commands/diffreduce.ts";
import { estimateCommand } from "./commands/estimate.ts";
import { hadoopCommand } from "./commands/hadoop.ts";
import { lsCommand } from "./commands/ls.ts";
import { multipartcompleteCommand } from "./commands/multipartcomplete.ts";
import { multipartlistCommand } from "./commands/multipartlist.ts";
import { objectcopyCommand } from "./commands/objectcopy.ts";
import { objectdeleteCommand } from "./commands/objectdelete.ts";
import { partitionCommand } from "./commands/partition.ts";
import { resumeCommand } from "./commands/resume.ts";
import { retryCommand } from "./commands/retry.ts";
import { runsCommand } from "./commands/runs.ts";
import { rsyncCommand } from "./commands/rsync.ts";
import { serveCommand } from "./commands/serve.ts";
import { statusCommand } from "./commands/status.ts";
import { syncCommand } from "./commands/sync.ts";
import { verifyCommand } from "./commands/verify.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";
import { refuseMissing, usageError } from "./usage-error.ts";

/**
 * The commands as the help of `campanile` shows them. Each loads what it does only when it is run.
 */
const groups = {
  "The steps of a copy, from standard input to standard output:": [
    bucketlistCommand,
    diffCommand,
    multipartlistCommand,
    objectcopyCommand,
    multipartcompleteCommand,
    objectdeleteCommand,
  ],
  "Buckets as a whole:": [
    lsCommand,
    copyCommand,
    syncCommand,
    verifyCommand,
    estimateCommand,
    partitionCommand,
  ],
  "Runs that are kept, by copy or sync with --run:": [
    statusCommand,
    resumeCommand,
    retryCommand,
    runsCommand,
  ],
  "On Hadoop:": [hadoopCommand, rsyncCommand, diffmapCommand, diffreduceCommand, copyrangesCommand],
  "For trying it out, without an account:": [demoCommand, serveCommand],
} as const;

/** Help is this wide at most, in columns: longer lines are hard to read. */
const maxHelpWidth = 100;

/** Where nobody knows how wide the reader's window is. */
const defaultHelpWidth = 80;

/**
 * Declares the whole command line. Wrong usage is thrown as a UserError; so are what help and
 * version print, as CommanderErrors.
 */
export function programOf(io: Io): Command {
  const program = new Command("campanile")
    .usage("COMMAND [options]")
    .description(
      "Lists, compares and copies S3 buckets of billions of objects, in small steps: each reads lines and writes lines, so they join in a pipe, or run as the steps of a Hadoop Streaming job.",
    )
    .version(version, "-V, --version", "print the version")
    // Ours, because commander's answers a command that it does not know with the help of all.
    .helpCommand(false)
    .hook("preAction", (_program, command) => refuseMissing(command));
  for (const [heading, commands] of Object.entries(groups)) {
    for (const command of commands) program.addCommand(command(io).helpGroup(heading));
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
