import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How long a server may take until it answers; radosgw on a loaded machine takes a quarter of it. */
const startTimeoutMs = 120_000;

/** How long it may take to end, which for radosgw is ending three daemons. */
const stopTimeoutMs = 60_000;

const pollIntervalMs = 50;

/** How many lines of a server's log an error shows. */
const shownLines = 15;

export interface DaemonOptions {
  /** A command that ends when its standard input is closed. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Where it keeps its files; made when it is missing. The log is `server.log` in it. */
  readonly directory: string;
  /** Asked again and again until it says that the server can be used. */
  readonly ready: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** A server that runs as a process of its own. */
export interface Daemon {
  /** Closes the server's input and waits until it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it is ready. It ends when this process does, whatever ends this process.
 * Throws an Error with the end of the server's log when it ends first, or is not ready in two minutes.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  mkdirSync(options.directory, { recursive: true });
  const logPath = join(options.directory, "server.log");
  const log = openSync(logPath, "w");
  const child = spawn(options.command, options.args, {
    stdio: ["pipe", log, log],
    env: { ...process.env, ...options.env },
    // Ctrl-C goes to the terminal's group: the tests must end first, and then the servers that they use.
    detached: true,
  });
  // There is one, for it is a pipe.
  const input = child.stdin!;
  closeSync(log);
  // A server that ended by itself closed its end of the pipe; that it ended is said below.
  input.on("error", () => {});

  let ending: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      ending = error.message;
      resolve();
    });
    child.once("exit", (code, signal) => {
      ending = `it ended with ${signal ?? `status ${code}`}`;
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    input.end();
    const late = sleep(stopTimeoutMs, "late", { ref: false });
    if ((await Promise.race([ended, late])) === "late") {
      child.kill("SIGKILL");
      throw new Error(`${options.command} did not end in ${stopTimeoutMs / 1000} s`);
    }
  };

  const giveUpAt = Date.now() + startTimeoutMs;
  try {
    while (!(await options.ready())) {
      options.signal.throwIfAborted();
      if (ending !== undefined) throw new Error(ending);
      if (Date.now() > giveUpAt) throw new Error(`no answer in ${startTimeoutMs / 1000} s`);
      await sleep(pollIntervalMs);
    }
  } catch (error) {
    await stop();
    options.signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}; the end of ${logPath}:\n${endOf(logPath)}`, { cause: error });
  }
  return { stop };
}

/** Whether a request without a signature is answered with this status. */
export async function answers(url: string, status: number): Promise<boolean> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await reply.arrayBuffer();
    return reply.status === status;
  } catch {
    // Nobody listens there yet, or not yet well.
    return false;
  }
}

function endOf(logPath: string): string {
  return readFileSync(logPath, "utf8").trimEnd().split("\n").slice(-shownLines).join("\n");
}
