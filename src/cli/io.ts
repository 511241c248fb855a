import type { Readable, Writable } from "node:stream";

type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a command has of the world: nothing below the command line reads `process`. */
export interface Io {
  /** A terminal says so by `isTTY`. */
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** A terminal tells how many columns it has. */
  readonly stdout: Output;
  readonly stderr: Output;
  /** What stands behind the program's name, for who keeps a record of it. */
  readonly commandLine?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly cwd: string;
  /** Aborted by the first interrupt; the second ends the process. */
  readonly interrupted: AbortSignal;
}

/**
 * Has an interrupt end the wait for standard input, which may be long: for a terminal, or a pipe
 * where nothing comes. Only for who owes no answer to the lines that are still to come.
 */
export function endInputOnInterrupt({ stdin, interrupted }: Io): void {
  const end = (): void => {
    stdin.destroy();
  };
  if (interrupted.aborted) end();
  else interrupted.addEventListener("abort", end, { once: true });
}

/** Writes a line for the person at the terminal. */
export function say(io: Io, text: string): void {
  io.stderr.write(`${text}\n`);
}
