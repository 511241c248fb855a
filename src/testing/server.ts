/**
 * An S3 in this process, for trying things out and for tests: `campanile demo` and `campanile
 * serve` run on it. It holds everything in memory, loses it when it closes, encrypts nothing, and
 * listens on 127.0.0.1 only. It is no place to keep data.
 *
 * What it does it does as S3 does, to the letter of errors and headers, so that a client which
 * works here works there: it checks signatures, lists in byte order, gives exact ETags, and refuses
 * with 501 what it does not know. On request it fails.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { sharedActions } from "./access.ts";
import { ownerOf } from "./account.ts";
import type { Account, Owner } from "./account.ts";
import { newBucket } from "./buckets.ts";
import type { Settings } from "./call.ts";
import { exchange } from "./exchange.ts";
import type { Context } from "./exchange.ts";
import { FaultPlan } from "./faults.ts";
import type { Fault } from "./faults.ts";
import { loadObject } from "./load-object.ts";
import type { Bytes, PutMore } from "./load-object.ts";
import { maxPageEntries } from "./paging.ts";
import { RequestLog } from "./request-log.ts";
import { Store } from "./store.ts";

export type { Account } from "./account.ts";
export type { Fault, FaultKind, FaultPlan } from "./faults.ts";
export type { Bytes, PutMore } from "./load-object.ts";
export type { StoredObject, Upload } from "./object.ts";
export type { LoggedRequest, RequestLog } from "./request-log.ts";
export type { Bucket, Store } from "./store.ts";

/** How to start a server. All but the accounts has a default, which is what S3 does. */
export interface ServerOptions {
  readonly accounts: readonly Account[];
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** The endpoint's region; absent: us-east-1. */
  readonly region?: string;
  /** The server's clock. */
  readonly now?: () => Date;
  /** The server's chance, 0 to 1, for faults that have one. */
  readonly random?: () => number;
  readonly faults?: readonly Fault[];
  /** The most entries on a list page, whatever a client asks for; absent: 1000. */
  readonly pageSize?: number;
  /** What the host names of virtual-hosted buckets end in, besides `.localhost`. */
  readonly hostSuffix?: string;
  /** The smallest part that is not the last one; absent: 5 MiB. */
  readonly minPartBytes?: number;
  /** The largest PUT or part; absent: 5 GiB. */
  readonly maxPutBytes?: number;
  /** The largest source of CopyObject; absent: 5 GiB. */
  readonly maxCopyBytes?: number;
  /** How long RestoreObject takes; absent: it is done at once. */
  readonly restoreDelayMs?: number;
}

/** A running server. */
export interface S3Server {
  readonly port: number;
  /** `http://127.0.0.1:PORT`, for path style; buckets are at `http://BUCKET.localhost:PORT` too. */
  readonly url: string;
  readonly region: string;
  readonly requests: RequestLog;
  readonly faults: FaultPlan;
  readonly store: Store;
  /** Errors of the server's own; a test may want to see that there were none. */
  readonly bugs: readonly unknown[];
  /** Lets another account read a bucket and its objects, or write and delete them. */
  share(bucket: string, accessKeyId: string, access: "read" | "write"): void;
  /** Makes a bucket without a request, for a test's beginning. */
  createBucket(name: string, accessKeyId: string): void;
  /**
   * Puts an object into a bucket without a request, as its owner; several bodies make one of as
   * many parts. What `more` does not say is as a plain PUT makes it.
   */
  putObject(bucket: string, key: string, body: Bytes | readonly Bytes[], more?: PutMore): void;
  /** The 12 digits that bucket policies and `x-amz-expected-bucket-owner` know an account by. */
  accountNumber(accessKeyId: string): string;
  /** Ends all connections. */
  close(): Promise<void>;
}

const gib = 1024 ** 3;
const mib = 1024 ** 2;

/** Starts a server and waits until it can be reached. */
export async function startServer(options: ServerOptions): Promise<S3Server> {
  const now = options.now ?? (() => new Date());
  const settings: Settings = {
    region: options.region ?? "us-east-1",
    now,
    pageSize: Math.max(1, Math.min(options.pageSize ?? maxPageEntries, maxPageEntries)),
    minPartBytes: options.minPartBytes ?? 5 * mib,
    maxPutBytes: options.maxPutBytes ?? 5 * gib,
    maxCopyBytes: options.maxCopyBytes ?? 5 * gib,
    restoreDelayMs: options.restoreDelayMs ?? 0,
  };
  const closing = new AbortController();
  let requestNumber = 0;
  const context: Context = {
    settings,
    accounts: new Map(options.accounts.map((account) => [account.accessKeyId, account])),
    owners: new Map(options.accounts.map((account) => [account.accessKeyId, ownerOf(account)])),
    hostSuffix: options.hostSuffix?.toLowerCase(),
    store: new Store(),
    faults: new FaultPlan(now, options.random ?? Math.random),
    requests: new RequestLog(),
    bugs: [],
    closing: closing.signal,
    nextRequestId: () => (++requestNumber).toString(16).toUpperCase().padStart(16, "0"),
  };
  context.faults.add(...(options.faults ?? []));
  function ownerWith(accessKeyId: string): Owner {
    const owner = context.owners.get(accessKeyId);
    if (owner === undefined) throw new RangeError(`no account has the key "${accessKeyId}"`);
    return owner;
  }
  const server = createServer({
    // The longest key, a copy source, metadata and ten tags, all percent-encoded, come to about 20
    // KiB.
    maxHeaderSize: 64 * 1024,
    // Longer than clients keep idle connections, so that none is closed just as it is used again.
    keepAliveTimeout: 75_000,
  });
  server.on("request", (message, response) => void exchange(context, message, response, false));
  server.on(
    "checkContinue",
    (message, response) => void exchange(context, message, response, true),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    region: settings.region,
    requests: context.requests,
    faults: context.faults,
    store: context.store,
    bugs: context.bugs,
    share(name, accessKeyId, access) {
      const bucket = context.store.bucket(name);
      const grant = { principal: accessKeyId, actions: sharedActions[access] };
      bucket.grants = [
        ...bucket.grants,
        { ...grant, resource: name },
        { ...grant, resource: `${name}/*` },
      ];
    },
    createBucket(name, accessKeyId) {
      const bucket = newBucket(name, settings.region, ownerWith(accessKeyId), now());
      context.store.buckets.set(name, bucket);
    },
    putObject(name, key, body, more) {
      loadObject(context.store.bucket(name), key, now(), body, more);
    },
    accountNumber: (accessKeyId) => ownerWith(accessKeyId).accountNumber,
    async close() {
      closing.abort();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}
