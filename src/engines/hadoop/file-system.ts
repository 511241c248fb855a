import { UserError } from "../../errors.ts";
import type { HadoopCommands } from "./hadoop-commands.ts";
import { type ProgramEnd, type ProgramRun, runProgram } from "./run-program.ts";

/**
 * The cluster's file system, by `hadoop fs`: HDFS, or what else it is set to. Each call starts a
 * JVM, which takes about a second.
 */
export class FileSystem {
  readonly #hadoop: string;
  readonly #run: Pick<ProgramRun, "env" | "cwd">;

  constructor({ hadoop }: HadoopCommands, run: Pick<ProgramRun, "env" | "cwd">) {
    this.#hadoop = hadoop;
    this.#run = run;
  }

  /** Makes a directory, and those it lies in. */
  async makeDirectory(path: string): Promise<void> {
    await this.#must(`make "${path}"`, ["-mkdir", "-p", path]);
  }

  /** Writes a file, over what may be there. */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    await this.#must(`write "${path}"`, ["-put", "-f", "-", path], content);
  }

  /** Reads a small file; undefined where it is not there. */
  async read(path: string): Promise<string | undefined> {
    const { status, stdout } = await this.#fs(["-cat", path]);
    return status === 0 ? stdout : undefined;
  }

  /** Whether a file or a directory is there. */
  async isThere(path: string): Promise<boolean> {
    const { status } = await this.#fs(["-test", "-e", path]);
    return status === 0;
  }

  /** Deletes a directory and all in it, if it is there. */
  async delete(path: string): Promise<void> {
    await this.#must(`delete "${path}"`, ["-rm", "-r", "-f", path]);
  }

  async #must(doing: string, args: readonly string[], stdin?: string | Uint8Array): Promise<void> {
    const { status, lastLines } = await this.#fs(args, stdin);
    if (status === 0) return;
    const said = lastLines.find((line) => !/ (?:WARN|INFO) /.test(line)) ?? `status ${status}`;
    throw new UserError("failed", `cannot ${doing} on the cluster: ${said}`, {
      hint: `try it by hand: hadoop fs ${args.join(" ")}`,
    });
  }

  #fs(args: readonly string[], stdin?: string | Uint8Array): Promise<ProgramEnd> {
    return runProgram([this.#hadoop, "fs", ...args], { ...this.#run, stdin });
  }
}
