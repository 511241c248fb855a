import assert from "node:assert/strict";
import { createBucket } from "../../src/s3/bucket.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import type { S3ClientOptions } from "../../src/s3/create-client.ts";
import {
  type S3Server,
  type ServerOptions,
  startServer,
  type StoredObject,
} from "../../src/testing/server.ts";
import { openBucket } from "./connect.ts";
import { accounts } from "./servers/running.ts";

/** Two empty buckets of two accounts on an S3 in this process. */
export interface Rig {
  readonly server: S3Server;
  readonly source: S3Bucket;
  readonly target: S3Bucket;
  /** What lies in the buckets now; undefined where there is no object. */
  at(key: string): {
    readonly source: StoredObject | undefined;
    readonly target: StoredObject | undefined;
  };
  /** Opens both buckets anew, by clients that know nothing of what was before; closed with the rig. */
  reopen(options?: Partial<S3ClientOptions>): {
    readonly source: S3Bucket;
    readonly target: S3Bucket;
  };
  /** Lets the target's account read the source, so that S3 may copy by itself. */
  share(): void;
  /** Fails when the server met with an error of its own. */
  close(): Promise<void>;
}

/** Opens them, with parts of any size. */
export async function openRig(options: Partial<ServerOptions> = {}): Promise<Rig> {
  const server = await startServer({
    accounts: Object.values(accounts),
    minPartBytes: 1,
    ...options,
  });
  const opened: S3Bucket[] = [];
  const names = { source: "source-bucket", target: "target-bucket" } as const;
  const open = (side: "source" | "target", more: Partial<S3ClientOptions>): S3Bucket => {
    const bucket = openBucket(server, accounts[side], names[side], more);
    opened.push(bucket);
    return bucket;
  };
  const reopen: Rig["reopen"] = (more = {}) => ({
    source: open("source", more),
    target: open("target", more),
  });
  const { source, target } = reopen();
  await createBucket(source);
  await createBucket(target);
  return {
    server,
    source,
    target,
    reopen,
    at: (key) => ({
      source: server.store.object(names.source, key),
      target: server.store.object(names.target, key),
    }),
    share: () => server.share(names.source, accounts.target.accessKeyId, "read"),
    async close() {
      await Promise.all(opened.map((bucket) => bucket.s3.close()));
      await server.close();
      assert.deepEqual(server.bugs, [], "errors of the server's own");
    },
  };
}

/** All that a copy must have of its source; an ETag that is no MD5 cannot be had. */
export function carriedOf(object: StoredObject): object {
  const { headers, metadata, websiteRedirect, storageClass, tags, checksum, size } = object;
  return {
    size,
    headers: { ...headers },
    metadata: { ...metadata },
    websiteRedirect,
    storageClass,
    tags,
    checksum: { ...checksum },
    parts: object.parts?.map((part) => part.size),
  };
}

/** The bytes of a stored object. */
export function bytesOf(object: StoredObject): Buffer {
  return Buffer.concat(object.data);
}
