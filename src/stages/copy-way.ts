import type { S3Bucket } from "../s3/client.ts";
import { S3Error } from "../s3/error.ts";
import { isSameService } from "../s3/same-service.ts";
import type { Via } from "./copy-options.ts";
import { type FoundWay, memoryOfWay, SharedWay } from "./shared-way.ts";
import { isAboutAll } from "./stopper.ts";

/**
 * How many records may find nothing out, because they could be copied by neither way, while all others
 * wait. Then nobody waits any more, and the first that is copied decides.
 */
const maxRefusals = 3;

/** The two ways a record may be done, made once for all. */
export interface Ways<In, Out> {
  readonly server: (record: In) => Promise<Out>;
  readonly stream: (record: In) => Promise<Out>;
  /** Told of a record that goes through here though S3 was asked to copy it. */
  readonly refused: () => void;
}

/**
 * Which way bytes go from one bucket to another: by S3's own copy, or through here. With `auto` the
 * first record asks S3 while others wait; what it learns holds for all that come. A pair that S3
 * copies may still hide one object from who writes: such a one alone goes through here.
 */
export class CopyWay {
  readonly #mayAsk: boolean;
  readonly #given: FoundWay | undefined;
  readonly #shared: SharedWay;
  #refusals = 0;

  /** @param memory What those who go the same way share, in other threads too. */
  constructor(via: Via, source: S3Bucket, target: S3Bucket, memory = memoryOfWay()) {
    this.#mayAsk = via === "auto" && isSameService(source, target);
    this.#given = via === "server" ? "server" : this.#mayAsk ? undefined : "stream";
    this.#shared = new SharedWay(memory);
  }

  /** What is known by now; undefined as long as nothing is. */
  get found(): FoundWay | undefined {
    return this.#given ?? this.#shared.found;
  }

  /** Does the work for a record by the way there is. */
  run<In, Out>(record: In, by: Ways<In, Out>): Promise<Out> {
    const { found } = this;
    if (found === "stream") return by.stream(record);
    if (found === undefined) return this.#find(record, by);
    return this.#mayAsk ? this.#byServer(record, by) : by.server(record);
  }

  get #isFirstAlone(): boolean {
    return this.found === undefined && this.#refusals < maxRefusals;
  }

  async #find<In, Out>(record: In, by: Ways<In, Out>): Promise<Out> {
    const shared = this.#shared;
    let isAsking = false;
    while (this.#isFirstAlone && !isAsking) {
      isAsking = shared.claim();
      if (!isAsking) await shared.change();
    }
    if (this.found !== undefined) return this.run(record, by);
    try {
      const out = await this.#byServer(record, by);
      shared.settle("server");
      return out;
    } finally {
      if (isAsking) shared.giveUp();
    }
  }

  async #byServer<In, Out>(record: In, by: Ways<In, Out>): Promise<Out> {
    try {
      return await by.server(record);
    } catch (error) {
      if (!this.#mayAsk || !isRefusal(error)) throw error;
      by.refused();
      this.#refusals++;
      const out = await by.stream(record);
      this.#shared.settle("stream");
      return out;
    }
  }
}

/**
 * True for an answer to a copy that reading and writing may not meet: who writes may not read the
 * source, the service cannot copy or not from there, or what it made is not what was asked for.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof S3Error)) return false;
  const { code, status } = error;
  if (refusals.has(code)) return true;
  return (status === 403 || status === 501) && !archived.has(code) && !isAboutAll(error);
}

const refusals = new Set([
  "BadDigest",
  "InvalidRequest",
  "MethodNotAllowed",
  "NoSuchBucket",
  "NotImplemented",
  "PermanentRedirect",
]);

/** No way leads to what is archived. */
const archived = new Set(["InvalidObjectState", "ObjectNotInActiveTierError"]);
