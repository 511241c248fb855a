import { BenchError } from "./bench-error.ts";
import type { Workshop } from "./go.ts";
import { type HowToList, listArguments } from "./list-arguments.ts";
import type { Measured } from "./measured.ts";
import { peerProgram } from "./peers.ts";
import type { Progress } from "./progress.ts";
import type { Size } from "./question.ts";
import { runCommand } from "./run-command.ts";
import { startStub } from "./stub.ts";

/** Kinds of keys; `bench/s3stub/keys.go` says what they look like. Nobody has tuned for the last three. */
export const shapes = ["logs", "hex", "seq", "utf8", "uuid", "dates", "skew"] as const;

/** A bucket to list, and how. */
export interface Listing extends HowToList {
  readonly shape: string;
  readonly keys: number;
  readonly concurrency: number;
  readonly ordered: boolean;
}

/** What the server waits before each answer. */
export const latencyMs = 60;

/** Those that are listed by 256 requests at a time too; the others would only make it last longer. */
const shapesForMany: readonly string[] = ["hex", "utf8", "dates", "skew"];

/** All that is asked of listings: each kind of keys, by 64 and some by 256 requests at a time, ordered and not. */
export function allListings(size: Size, peers: boolean): readonly Listing[] {
  if (size === "smoke") {
    return [
      { shape: "logs", keys: 3000, concurrency: 8, ordered: true },
      { shape: "skew", keys: 3000, concurrency: 8, ordered: false },
    ];
  }
  const keys = size === "full" ? 10_000_000 : 500_000;
  const ours = shapes.flatMap((shape) =>
    [64, ...(shapesForMany.includes(shape) ? [256] : [])].flatMap((concurrency) =>
      [true, false].map((ordered) => ({ shape, keys, concurrency, ordered })),
    ),
  );
  if (!peers) return ours;
  // Page after page, ten million keys would take them ten minutes of waiting alone.
  const few = { keys: size === "full" ? 100_000 : 10_000, concurrency: 1, ordered: true };
  const theirs = ["logs", "hex"].flatMap((shape) =>
    (["s5cmd", "rclone"] as const).map((peer) => ({ ...few, shape, peer })),
  );
  return [...ours, ...theirs];
}

/** What a listing took,, and the least that it can take. */
export interface ListingRow extends Listing, Measured {
  readonly requests: number;
  readonly leastRequests: number;
  /** Where the least number of requests is under way by so many at a time, with no time between them. */
  readonly leastMs: number;
}

/** Lists buckets, each by a command of its own, from a server that waits before each answer. */
export async function measureListings(
  workshop: Workshop,
  program: readonly string[],
  listings: readonly Listing[],
  progress: Progress,
  waitMs: number = latencyMs,
): Promise<readonly ListingRow[]> {
  const stub = await startStub(workshop, "plain", ["-list-latency", `${waitMs}ms`]);
  const rows: ListingRow[] = [];
  try {
    for (const listing of listings) {
      const { shape, keys, concurrency, ordered, peer } = listing;
      const how = `${concurrency} at a time${ordered ? ", in order" : ""}`;
      progress.begins(`listings: ${peer ?? "campanile"}, ${shape}, ${how}`);
      const client = peer === undefined ? program : [peerProgram(peer)];
      try {
        const ran = await runCommand(workshop, stub, client, ({ program }) => ({
          argv: [...program, ...listArguments(`${shape}-${keys}`, listing)],
          lines: keys,
        }));
        const leastRequests = Math.ceil(keys / 1000);
        const atATime = peer === undefined ? concurrency || 64 : 1;
        const leastMs = (leastRequests * waitMs) / atATime;
        rows.push({ ...listing, ...ran, leastRequests, leastMs });
      } catch (error) {
        if (!(error instanceof BenchError)) throw error;
        progress.failed(error);
      }
    }
  } finally {
    await stub.stop();
  }
  return rows;
}
