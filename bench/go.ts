import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { BenchError } from "./bench-error.ts";

/** A temporary directory with what the benchmarks need that is written in Go. */
export interface Workshop {
  readonly directory: string;
  /** The synthetic S3, `bench/s3stub`. */
  readonly stub: string;
  /** Tells what a command took, `bench/watch`. */
  readonly watch: string;
  remove(): Promise<void>;
}

/** Builds the programs in a new directory. Throws a BenchError without Go. */
export async function openWorkshop(): Promise<Workshop> {
  if (!hasGo()) {
    throw new BenchError(
      "the benchmarks need Go 1.26 or newer, to build the S3 server that they measure against; there is no go in PATH",
    );
  }
  const directory = await mkdtemp(join(tmpdir(), "campanile-bench-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const [stub, watch] = [join(directory, "s3stub"), join(directory, "watch")];
    await build("s3stub", stub);
    await build("watch", watch);
    return { directory, stub, watch, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Whether there is a Go to build with. */
export function hasGo(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}

async function build(module: string, program: string): Promise<void> {
  const cwd = join(import.meta.dirname, module);
  await promisify(execFile)("go", ["build", "-o", program, "."], { cwd });
}
