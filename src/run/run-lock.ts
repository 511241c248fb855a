import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { UserError } from "../errors.ts";
import type { Files } from "../files/files.ts";
import type { RunRates } from "./pace-meter.ts";
import type { RunProgress } from "./run.ts";

/** Who is at work on a run, and how far. */
export interface RunHolder {
  /** Another one for each process and run. */
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** When it took the run up, and when it was last known to be at work; ISO 8601, UTC. */
  readonly since: string;
  readonly seen: string;
  readonly progress?: RunProgress | undefined;
  readonly rates?: RunRates | undefined;
}

const lockFile = "lock.json";

/** How often a process shows that it is at work, in milliseconds. A PUT each time, where the run is in a bucket: 17,280 a day. */
const renewMs = 5_000;

/** A process that has not shown so long is taken for dead, in milliseconds: one that swaps may be late, a minute it is not. */
const staleMs = 60_000;

/**
 * Keeps a second process from working on the same run. A holder that was killed is recognised: at
 * once where it ran on this host, after a minute elsewhere. A process that was taken for dead and is
 * not finds out with its next sign of life, and ends.
 */
export class RunLock {
  readonly #files: Files;
  #holder: RunHolder;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;
  readonly #onLost: (error: unknown) => void;

  private constructor(files: Files, holder: RunHolder, onLost: (error: unknown) => void) {
    this.#files = files;
    this.#holder = holder;
    this.#onLost = onLost;
  }

  /**
   * Takes a run, and tells `onLost` if it is lost later. Throws a UserError when another process is at
   * work on it.
   */
  static async take(files: Files, onLost: (error: unknown) => void): Promise<RunLock> {
    const now = new Date().toISOString();
    const token = randomBytes(8).toString("hex");
    const holder = { token, pid: process.pid, host: hostname(), since: now, seen: now };
    const lock = new RunLock(files, holder, onLost);
    if (!(await files.create(lockFile, lock.#bytes()))) {
      const other = await readHolder(files);
      if (other !== undefined && isAtWork(other)) throw inUse(files, other);
      await files.replace(lockFile, lock.#bytes());
    }
    lock.#wait();
    return lock;
  }

  /** What `status` in another process shall see. */
  note(progress: RunProgress, rates: RunRates | undefined): void {
    this.#holder = { ...this.#holder, progress, rates };
  }

  /** Throws a UserError when another process has taken the run. */
  async check(): Promise<void> {
    const there = await readHolder(this.#files);
    if (there?.token !== this.#holder.token) throw takenRun(this.#files);
  }

  /** Gives the run up. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#renewing;
    const there = await readHolder(this.#files);
    if (there?.token === this.#holder.token) await this.#files.remove([lockFile]);
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      this.#renewing = this.#renew();
    }, renewMs);
    this.#timer.unref();
  }

  async #renew(): Promise<void> {
    try {
      await this.check();
      this.#holder = { ...this.#holder, seen: new Date().toISOString() };
      await this.#files.replace(lockFile, this.#bytes());
      if (this.#timer !== undefined) this.#wait();
    } catch (error) {
      this.#onLost(error);
    }
  }

  #bytes(): Buffer {
    return Buffer.from(`${JSON.stringify(this.#holder, undefined, 1)}\n`);
  }
}

/** Who holds a run; undefined when nobody does, also for a file that a crash of the machine has cut. */
export async function readHolder(files: Files): Promise<RunHolder | undefined> {
  const bytes = await files.read(lockFile);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(bytes.toString()) as RunHolder;
  } catch {
    return undefined;
  }
}

/** Whether the holder of a run is alive, as far as can be told from here. */
export function isAtWork({ pid, host, seen }: RunHolder, nowMs = Date.now()): boolean {
  if (nowMs - Date.parse(seen) > staleMs) return false;
  return host !== hostname() || isProcess(pid);
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Otherwise there is one, of another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return !isZombie(pid);
}

/**
 * True for a process that is dead and whose parent has not asked for it, as in containers that have no init. As long as it has another
 * thread than the first, that may be about to write.
 */
function isZombie(pid: number): boolean {
  try {
    if (readdirSync(`/proc/${pid}/task`).length > 1) return false;
    // Behind the name, which may have parentheses of its own.
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    // Not on Linux.
    return false;
  }
}

function inUse(files: Files, { pid, host, seen }: RunHolder): UserError {
  return new UserError(
    "failed",
    `cannot take up the run in "${files.place}": process ${pid} on ${host} is at work on it`,
    {
      hint: `see how far it is: campanile status ${files.place}; if it is dead, it is taken for so a minute after ${seen}`,
    },
  );
}

/** Said by a process that was taken for dead. */
export function takenRun({ place }: Files): UserError {
  return new UserError(
    "failed",
    `cannot go on with the run in "${place}": another process has taken it`,
  );
}
