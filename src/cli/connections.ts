import { Counters } from "../counters.ts";
import type { Side } from "../record/sided.ts";
import { type ConnectedBucket, sharedTransports } from "../s3/connect.ts";
import { S3Error } from "../s3/error.ts";
import { explain } from "../s3/explain.ts";
import { TransportError } from "../s3/transport.ts";
import { connectSide } from "./connect-side.ts";
import type { Io } from "./io.ts";
import { mostListRequests } from "./list-options.ts";
import { sideValues } from "./options.ts";

/** The buckets of two sides, each connected to once, by the options that are named as a copy names them. */
export class Connections {
  readonly requests: Record<Side, number> = { source: 0, target: 0 };
  readonly #io: Io;
  readonly #values: object;
  readonly #more: Pick<Parameters<typeof connectSide>[2], "concurrency" | "transport" | "warned">;
  readonly #opened = new Map<string, Promise<ConnectedBucket>>();
  readonly #buckets: ConnectedBucket[] = [];

  constructor(io: Io, values: object, concurrency = mostListRequests) {
    this.#io = io;
    this.#values = values;
    this.#more = { concurrency, transport: sharedTransports(), warned: new Set() };
  }

  open(side: Side, name: string): Promise<ConnectedBucket> {
    const key = `${side} ${name}`;
    const opened = this.#opened.get(key) ?? this.#connect(side, name);
    this.#opened.set(key, opened);
    return opened;
  }

  /** Turns what a bucket has answered into a UserError. */
  explain(error: unknown, doing: string): unknown {
    const [first] = this.#buckets;
    if (first === undefined) return error;
    if (!(error instanceof S3Error || error instanceof TransportError)) return error;
    const asked = error instanceof S3Error ? error.bucket : undefined;
    const about = this.#buckets.find(({ name }) => name === asked) ?? first;
    return explain(error, doing, about, "ListObjectsV2");
  }

  async close(): Promise<void> {
    await Promise.all(this.#buckets.map(({ s3 }) => s3.close()));
  }

  async #connect(side: Side, name: string): Promise<ConnectedBucket> {
    const values = sideValues({ ...this.#values }, side === "source" ? "src" : "dst");
    const bucket = await connectSide(
      this.#io,
      { ...values, bucket: name },
      {
        ...this.#more,
        counters: new Counters(),
        check: true,
        onRequest: () => this.requests[side]++,
      },
    );
    this.#buckets.push(bucket);
    return bucket;
  }
}
