import { createReadStream } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { inventoryKeys, type Keyed } from "../inventory/inventory-keys.ts";
import { type InventoryFile, readManifest } from "../inventory/manifest.ts";
import type { S3Bucket } from "../s3/client.ts";
import { headObject } from "../s3/head-object.ts";
import { openSource, type SourceBody } from "../s3/source-body.ts";
import type { Pages } from "../stream/pages.ts";
import { cannotRead } from "./read-lists.ts";

/** The largest manifest there is room for, in bytes: one of some hundred thousand files. */
const maxManifestBytes = 1 << 26;

/**
 * Reads the keys of a bucket from an S3 Inventory report on this machine: its manifest's directory,
 * or one above, has the files as the manifest names them, or in `data`. Throws a UserError when it
 * is another bucket's.
 */
export async function* inventoryOnDisk(manifest: string, bucket: string): Pages<Keyed> {
  const text = await readFile(manifest, "utf8").catch((error: unknown) => {
    throw cannotRead(manifest, error);
  });
  yield* keysOf(text, manifest, bucket, async function* ({ key }) {
    const file = await findFile(dirname(manifest), key);
    if (file === undefined) {
      throw new UserError("missing", `cannot read ${JSON.stringify(key)}: it is not there`, {
        hint: `the files of a report are looked for by their names next to its manifest and in data, there and above: ${dirname(manifest)}`,
      });
    }
    yield* createReadStream(file) as AsyncIterable<Uint8Array>;
  });
}

/** The same of a report in S3, whose files are in the bucket of the manifest. */
export async function* inventoryInS3(
  store: S3Bucket,
  key: string,
  bucket: string,
  signal: AbortSignal,
): Pages<Keyed> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of objectBytes(store, key, signal)) {
    bytes += chunk.length;
    if (bytes > maxManifestBytes) {
      throw new UserError("usage", `cannot read "s3://${store.name}/${key}": it is no manifest`);
    }
    chunks.push(Uint8Array.from(chunk));
  }
  const text = Buffer.concat(chunks).toString();
  yield* keysOf(text, `s3://${store.name}/${key}`, bucket, (file) =>
    objectBytes(store, file.key, signal),
  );
}

async function* keysOf(
  text: string,
  name: string,
  bucket: string,
  open: (file: InventoryFile) => AsyncIterable<Uint8Array>,
): Pages<Keyed> {
  const manifest = readManifest(text, name);
  if (manifest.sourceBucket !== bucket) {
    throw new UserError(
      "usage",
      `cannot cut "s3://${bucket}" by ${JSON.stringify(name)}: it is of "s3://${manifest.sourceBucket}"`,
    );
  }
  yield* inventoryKeys(manifest, open);
}

/** The bytes of an object; a body that breaks off is gone on with. */
async function* objectBytes(
  store: S3Bucket,
  key: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { etag } = await headObject(store, key, {}, { signal });
  let source: SourceBody | undefined;
  try {
    source = await openSource(store, key, { ifMatch: etag, hash: () => false }, { signal });
    const { body } = source;
    if (typeof body === "function") yield* body();
    else yield body;
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
