import { Command, CommanderError } from "commander";
import { exitStatus, UserError } from "../errors.ts";
import { bucketlistCommand } from "./commands/bucketlist.ts";
import { demoCommand } from "./commands/demo.ts";
import { diffCommand } from "./commands/diff.ts";
import { multipartcompleteCommand } from "./commands/multipartcomplete.ts";
import { multipartlistCommand } from "./commands/multipartlist.ts";
import { objectcopyCommand } from "./commands/objectcopy.ts";
import { serveCommand } from "./commands/serve.ts";
import { type Io, say } from "./io.ts";
import { version } from "../version.ts";

/** Runs the command line and gives the exit status; the one place where errors become text. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const program = programOf(io);
  try {
    await program.parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, io);
  }
}

function programOf(io: Io): Command {
  const program = new Command("campanile")
    .description("List, diff, copy and sync S3 buckets of billions of objects.")
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "print the help of a command")
    .showHelpAfterError(false);
  for (const command of [
    bucketlistCommand,
    diffCommand,
    multipartlistCommand,
    objectcopyCommand,
    multipartcompleteCommand,
    demoCommand,
    serveCommand,
  ]) {
    program.addCommand(command(io));
  }
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureHelp({ helpWidth: 100 })
      .configureOutput({
        writeOut: (text) => io.stdout.write(text),
        writeErr: (text) => io.stderr.write(text),
        // Told with the other errors.
        outputError: () => {},
      });
  }
  return program;
}

function report(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return reportUsage(error, io);
  if (error instanceof UserError) {
    if (error.message !== "") say(io, `campanile: ${error.message}`);
    if (error.hint !== undefined) say(io, `  ${error.hint}`);
    return exitStatus[error.reason];
  }
  const stack = error instanceof Error ? error.stack : String(error);
  say(io, `campanile: this is a bug in campanile ${version}, please report it\n${stack}`);
  return exitStatus.failed;
}

function reportUsage(error: CommanderError, io: Io): number {
  // Help and version that were asked for.
  if (error.exitCode === 0) return 0;
  const text = error.message.replace(/^error: /, "").trim();
  if (error.code === "commander.help") return exitStatus.usage;
  say(io, `campanile: ${text}`);
  say(io, "  see what there is: campanile --help");
  return exitStatus.usage;
}
