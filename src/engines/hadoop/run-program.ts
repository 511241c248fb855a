import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { UserError } from "../../errors.ts";

/** How a program is run, and what is done with what it says. */
export interface ProgramRun {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin?: string | Uint8Array | undefined;
  readonly onLine?: ((line: string) => void) | undefined;
}

/** What came of it. */
export interface ProgramEnd {
  readonly status: number;
  readonly stdout: string;
  /** The last of what it said on standard error, some twenty lines. */
  readonly lastLines: readonly string[];
}

/** More is of no use in an error. */
const keptLines = 20;

/**
 * Runs a program to its end. It is in a session of its own, so that an interrupt at the terminal is
 * not also for it: Hadoop's client would go at once, and leave its job running.
 */
export async function runProgram(
  [program = "", ...args]: readonly string[],
  { env, cwd, stdin = "", onLine }: ProgramRun,
): Promise<ProgramEnd> {
  const child = spawn(program, args, { env, cwd, detached: true });
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    lastLines.push(line);
    if (lastLines.length > keptLines) lastLines.shift();
    onLine?.(line);
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  // One that ends before it has read all says why by its status.
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const status = await new Promise<number>((resolve, reject) => {
    child.on("error", (error) => {
      reject(new UserError("failed", `cannot run "${program}": ${error.message}`));
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
  return { status, stdout: Buffer.concat(chunks).toString(), lastLines };
}
