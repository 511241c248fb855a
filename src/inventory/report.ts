import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import type { S3Bucket } from "../s3/client.ts";
import { explain, type Subject } from "../s3/explain.ts";
import { headObject } from "../s3/head-object.ts";
import { openSource, type SourceBody } from "../s3/source-body.ts";
import { cannotRead } from "../stream/read-lists.ts";
import { type InventoryFile, type InventoryManifest, readManifest } from "./manifest.ts";

/** A report of S3 Inventory: what its manifest says, and where its files are. */
export interface InventoryReport {
  /** The manifest's, for messages. */
  readonly name: string;
  readonly manifest: InventoryManifest;
  bytesOf(file: InventoryFile): AsyncIterable<Uint8Array>;
}

/** The largest manifest there is room for, in bytes: one of some hundred thousand files. */
const maxManifestBytes = 1 << 26;

/**
 * Opens a report on this machine, by its manifest or the directory that this is in: that directory, or one above, has the files as the
 * manifest names them, or in `data`. Throws a UserError when it is none, or not as it was written.
 */
export async function reportOnDisk(path: string): Promise<InventoryReport> {
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const name = isDirectory ? join(path, manifestName) : path;
  const bytes = await readFile(name).catch((error: unknown) => {
    throw cannotRead(name, error);
  });
  const checksum = await readFile(checksumNameOf(name), "utf8").catch(() => undefined);
  return {
    name,
    manifest: checkedManifest(bytes, name, checksum),
    async *bytesOf({ key }) {
      const file = await findFile(dirname(name), key);
      if (file === undefined) {
        throw new UserError("missing", `cannot read ${JSON.stringify(key)}: it is not there`, {
          hint: `the files of a report are looked for by their names next to its manifest and in data, there and above: ${dirname(name)}`,
        });
      }
      yield* createReadStream(file) as AsyncIterable<Uint8Array>;
    },
  };
}

/** Opens a report in S3 by its manifest's key; its files are in the same bucket. Throws as the other does. */
export async function reportInS3(
  bucket: S3Bucket & Subject,
  key: string,
  signal: AbortSignal,
): Promise<InventoryReport> {
  const name = `s3://${bucket.name}/${key}`;
  const checksum = await smallObject(bucket, checksumNameOf(key), signal).catch(
    (error: unknown) => {
      if (error instanceof UserError && error.reason === "missing") return undefined;
      throw error;
    },
  );
  return {
    name,
    manifest: checkedManifest(await smallObject(bucket, key, signal), name, checksum?.toString()),
    bytesOf: (file) => objectBytes(bucket, file.key, signal),
  };
}

const manifestName = "manifest.json";

/** Beside a manifest S3 writes its MD5; a copy of a report may lack it. */
function checksumNameOf(manifest: string): string {
  return manifest.replace(/(\.json)?$/, ".checksum");
}

function checkedManifest(
  bytes: Buffer,
  name: string,
  checksum: string | undefined,
): InventoryManifest {
  const md5 = createHash("md5").update(bytes).digest("hex");
  if (checksum !== undefined && checksum.trim().toLowerCase() !== md5) {
    throw new UserError(
      "failed",
      `cannot read ${JSON.stringify(name)}: its MD5 is ${md5}, and ${JSON.stringify(basename(checksumNameOf(name)))} says another`,
      { hint: "it was changed, or is just being written: fetch both again" },
    );
  }
  return readManifest(bytes.toString(), name);
}

/** Reads an object whole. Throws a UserError for one that is larger than a manifest. */
async function smallObject(
  bucket: S3Bucket & Subject,
  key: string,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of objectBytes(bucket, key, signal)) {
    bytes += chunk.length;
    if (bytes > maxManifestBytes) {
      throw new UserError("usage", `cannot read "s3://${bucket.name}/${key}": it is no manifest`);
    }
    chunks.push(Uint8Array.from(chunk));
  }
  return Buffer.concat(chunks);
}

/** The bytes of an object; a body that breaks off is gone on with. Throws a UserError that names it when it cannot be read. */
async function* objectBytes(
  bucket: S3Bucket & Subject,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let source: SourceBody | undefined;
  try {
    const { etag } = await headObject(bucket, key, {}, { signal });
    source = await openSource(bucket, key, { ifMatch: etag, hash: () => false }, { signal });
    const { body } = source;
    if (typeof body === "function") yield* body();
    else yield body;
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, `read "s3://${bucket.name}/${key}"`, bucket, "GetObject");
  } finally {
    source?.discard();
  }
}

async function findFile(directory: string, key: string): Promise<string | undefined> {
  const name = basename(key);
  const places = [join(directory, name), join(directory, "data", name)];
  for (let above = directory; ; above = dirname(above)) {
    places.push(join(above, "data", name), join(above, key));
    if (dirname(above) === above) break;
  }
  for (const place of places) {
    const isThere = await access(place).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  return undefined;
}
