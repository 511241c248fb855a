import type { Counters } from "./counters.ts";
import type { Codec } from "./record/codec.ts";
import type { Pages } from "./stream/pages.ts";

/**
 * What every stage is given; one that talks to S3 says in `Needs` to which buckets, and with what
 * options.
 */
export interface StageContext {
  readonly counters: Counters;
  /** How many records may be worked on at a time. */
  readonly concurrency: number;
  /**
   * Tells a stage to stop beginning new work; what it has begun and what it is still given it
   * answers for.
   */
  readonly signal: AbortSignal;
}

/**
 * Turns records into records, and does not know where it runs: in a pipe, joined to others, or as a
 * Hadoop task.
 */
export interface Stage<In, Out, Needs extends object = object> {
  readonly name: string;
  readonly reads: Codec<In>;
  readonly writes: Codec<Out>;
  run(records: Pages<In>, context: StageContext & Needs): Pages<Out>;
}
