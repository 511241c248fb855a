import type { Owner } from "./account.ts";
import type { Body } from "./body.ts";
import type { OperationName } from "./route.ts";
import type { Bucket, Store } from "./store.ts";

/** What the server was told when it was started, with every default filled in. */
export interface Settings {
  readonly region: string;
  readonly now: () => Date;
  /** Entries on a list page, at most. */
  readonly pageSize: number;
  /**
   * The smallest part that is not the last one; a copy source must be larger for a range of it to
   * be copied.
   */
  readonly minPartBytes: number;
  /** The largest body of a PUT or part. */
  readonly maxPutBytes: number;
  /** The largest source of CopyObject. */
  readonly maxCopyBytes: number;
  /** How long a restore takes. */
  readonly restoreDelayMs: number;
}

/** A request that was signed by somebody known, for the operation to carry out. */
export interface Call {
  readonly operation: OperationName;
  readonly host: string;
  readonly bucketName: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
  readonly caller: Owner;
  /** The region the request was signed for. */
  readonly signedRegion: string;
  readonly settings: Settings;
  readonly store: Store;
  /** The bucket named; reading it refuses with NoSuchBucket when there is none. */
  readonly bucket: Bucket;
  /** Reads the body and checks it. */
  body(): Promise<Body>;
}

/** What an operation answers. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** XML text, or bytes in pieces. */
  readonly body?: string | readonly Buffer[];
}

/** Carries out one operation; throws a `Refusal` to answer with an error. */
export type Handler = (call: Call) => Reply | Promise<Reply>;

/** A reply with an XML document. */
export function xmlReply(xml: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status: 200, headers: { "content-type": "application/xml", ...headers }, body: xml };
}
