import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { ask } from "./ask.ts";

/** The synthetic S3 of `bench/s3stub`, running. */
export interface Stub {
  /** As `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** Forgets what was asked so far. */
  reset(): Promise<void>;
  /** What was asked since. */
  stats(): Promise<StubStats>;
  stop(): Promise<void>;
}

/** What the synthetic S3 counts; `bench/s3stub/stats.go` has more. */
export interface StubStats {
  readonly requests: number;
  /** Requests by S3's name of the operation. */
  readonly ops: Readonly<Record<string, number>>;
  readonly errors: number;
}

/** The tool that builds the synthetic S3 is not installed. */
export class GoMissing extends Error {
  override readonly name: string = "GoMissing";
}

/**
 * Builds the synthetic S3 in a temporary directory and starts it on a free port, with more options of its own (`bench/s3stub/main.go`).
 * Throws GoMissing without Go.
 */
export async function startStub(more: readonly string[] = []): Promise<Stub> {
  const directory = await mkdtemp(join(tmpdir(), "campanile-bench-"));
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const program = join(directory, "s3stub");
    build(program);
    const child = spawn(program, ["-addr", "127.0.0.1:0", ...more], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const endpoint = `http://${await addressIn(child)}`;
    return {
      endpoint,
      async reset() {
        await ask("POST", `${endpoint}/_reset`);
      },
      async stats() {
        const bytes = await ask("GET", `${endpoint}/_stats`);
        return JSON.parse(bytes.toString()) as StubStats;
      },
      async stop() {
        child.kill();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Whether the synthetic S3 can be built here. */
export function hasGo(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}

function build(program: string): void {
  if (!hasGo()) {
    throw new GoMissing("the benchmarks need Go, to build the S3 server that they measure against");
  }
  const cwd = join(import.meta.dirname, "s3stub");
  const { status, stderr } = spawnSync("go", ["build", "-o", program, "."], { cwd });
  if (status !== 0) throw new Error(`cannot build ${cwd}:\n${stderr.toString()}`);
}

/** The address that the program says it listens on. */
async function addressIn(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const address = /listening on (\S+)$/.exec(line)?.[1];
    if (address !== undefined) {
      child.stderr!.resume();
      return address;
    }
  }
  throw new Error("the synthetic S3 did not start");
}
