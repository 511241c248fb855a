import { setTimeout as sleep } from "node:timers/promises";
import { Counters } from "../../src/counters.ts";
import type { Codec } from "../../src/record/codec.ts";
import type { Entry } from "../../src/record/entry.ts";
import type { Result } from "../../src/record/result.ts";
import type { Task } from "../../src/record/task.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { systemClock } from "../../src/s3/clock.ts";
import type { Clock } from "../../src/s3/clock.ts";
import { bucketlist } from "../../src/stages/bucketlist.ts";
import {
  multipartcomplete,
  type MultipartcompleteNeeds,
} from "../../src/stages/multipartcomplete.ts";
import { multipartlist, type MultipartlistNeeds } from "../../src/stages/multipartlist.ts";
import { objectcopy, type ObjectcopyNeeds } from "../../src/stages/objectcopy.ts";
import { collect, pagesOf, type Pages, tap } from "../../src/stream/pages.ts";

/** The options of all stages of the pipe. */
export type PipeOptions = Partial<
  Omit<MultipartlistNeeds & ObjectcopyNeeds & MultipartcompleteNeeds, "source" | "target">
> & {
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
};

/** What passed through the pipe. */
export interface Piped {
  readonly entries: readonly Entry[];
  readonly tasks: readonly Task[];
  readonly results: readonly Result[];
  readonly counters: Counters;
}

/** Runs `bucketlist | multipartlist | objectcopy | multipartcomplete` in this process; between the stages all records are lines. */
export async function runPipe(
  source: S3Bucket,
  target: S3Bucket,
  options: PipeOptions = {},
): Promise<Piped> {
  const { concurrency = 8, signal = new AbortController().signal, ...more } = options;
  const counters = new Counters();
  const context = { ...more, counters, concurrency, signal };
  const entries: Entry[] = [];
  const tasks: Task[] = [];
  const keep =
    <T>(kept: T[]) =>
    (page: Iterable<T>): void => {
      kept.push(...page);
    };
  const lines = pagesOf([{ delimiter: "", prefix: "" }]);
  const listed = asLines(bucketlist.run(lines, { ...context, bucket: source }), bucketlist.writes);
  const sides = { ...context, source, target };
  const planned = multipartlist.run(tap(listed, keep(entries)), sides);
  const toCopy = tap(asLines(planned, multipartlist.writes), keep(tasks));
  const copied = asLines(objectcopy.run(toCopy, sides), objectcopy.writes);
  const completed = multipartcomplete.run(copied, { ...context, target });
  const results = await collect(asLines(completed, multipartcomplete.writes));
  return { entries, tasks, results, counters };
}

/** Writes records as lines and reads them again, as a pipe between two processes does. */
export async function* asLines<T>(pages: Pages<T>, codec: Codec<T>): Pages<T> {
  for await (const page of pages) {
    yield Array.from(page, (record) => codec.decode(codec.encode(record)));
  }
}

/** A clock that goes so many times as fast as the machine's, so that retries need not be waited for. */
export function fastClock(times: number): Clock {
  const start = systemClock.now();
  return {
    now: () => start + (systemClock.now() - start) * times,
    sleep: (ms, signal) => sleep(ms / times, undefined, signal === undefined ? {} : { signal }),
  };
}
