import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { ask } from "./ask.ts";
import type { Workshop } from "./go.ts";
import type { Server, Wire } from "./server.ts";

/** The synthetic S3 of `bench/s3stub`, running. */
export interface Stub extends Server {
  /** Forgets what was asked and written so far. */
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
  /** How many keys were written to each bucket that takes any. */
  readonly sinks: Readonly<Record<string, number>>;
}

/** Starts the synthetic S3 on a free port, with more options of its own (`bench/s3stub/main.go`). */
export async function startStub(
  workshop: Workshop,
  wire: Wire = "plain",
  more: readonly string[] = [],
): Promise<Stub> {
  const caFile = wire === "tls" ? `${workshop.directory}/ca.pem` : undefined;
  const tls = caFile === undefined ? [] : ["-tls", "-cert-out", caFile];
  const child = spawn(workshop.stub, ["-addr", "127.0.0.1:0", ...tls, ...more], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(child, "exit");
  const address = await addressIn(child);
  const server = { wire, endpoint: `http${caFile === undefined ? "" : "s"}://${address}`, caFile };
  return {
    ...server,
    async reset() {
      await ask(server, "POST", "/_reset");
    },
    async stats() {
      return JSON.parse((await ask(server, "GET", "/_stats")).toString()) as StubStats;
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
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
