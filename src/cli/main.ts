import { CommanderError } from "commander";
import { exitStatus, UserError } from "../errors.ts";
import { version } from "../version.ts";
import { type Io, say } from "./io.ts";
import { programOf } from "./program.ts";

/** Runs the command line and gives the exit status; the one place where errors become text. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    const [name] = argv;
    // `help NAME` has it in the second place.
    const program = await programOf({ ...io, commandLine: argv }, argv.slice(0, 2));
    const isKnown = program.commands.some((command) => command.name() === name);
    // Commander would answer an unknown command with --help behind it by the help of all.
    const isUnknown = name !== undefined && !name.startsWith("-") && !isKnown;
    await program.parseAsync(isUnknown ? [name] : argv, { from: "user" });
    return 0;
  } catch (error) {
    return report(error, io);
  }
}

function report(error: unknown, io: Io): number {
  // Help or version: asked for, or shown because nothing was asked.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitStatus.usage;
  const told = error instanceof UserError ? error : ofSystem(error);
  if (told !== undefined) {
    if (told.message !== "") say(io, `campanile: ${told.message}`);
    if (told.hint !== undefined) say(io, `  ${told.hint}`);
    return exitStatus[told.reason];
  }
  const stack = error instanceof Error ? error.stack : String(error);
  say(io, `campanile: this is a bug in campanile ${version}, please report it\n${stack}`);
  return exitStatus.failed;
}

/**
 * What the operating system refuses is no bug of ours: a disk that is full, a directory where lines
 * should come from.
 */
function ofSystem(error: unknown): UserError | undefined {
  if (!(error instanceof Error) || !("syscall" in error)) return undefined;
  const { syscall, code, path } = error as NodeJS.ErrnoException;
  if (syscall !== "write" && syscall !== "read" && syscall !== "open") return undefined;
  const standard = syscall === "write" ? "standard output" : "standard input";
  const what = path === undefined ? standard : JSON.stringify(path);
  const why = (code === undefined ? undefined : whys[code]) ?? error.message;
  return new UserError("failed", `cannot ${syscall} ${what}: ${why}`, { cause: error });
}

const whys: Readonly<Record<string, string | undefined>> = {
  EISDIR: "it is a directory",
  ENOSPC: "no space is left on the device",
  EDQUOT: "the quota of the disk is used up",
  EIO: "the device failed",
};
