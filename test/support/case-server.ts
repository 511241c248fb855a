import { createBucket } from "../../src/s3/bucket.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { systemClock } from "../../src/s3/clock.ts";
import { putObject } from "../../src/s3/put-object.ts";
import { type S3Server, startServer } from "../../src/testing/server.ts";
import { openBucket } from "./connect.ts";
import { uploadInParts } from "./original-data.ts";
import { accounts, region } from "./servers/running.ts";

/** When the objects were made. */
const madeAt = Date.parse("2015-12-24T05:26:19Z");

/** Parts this small are no trouble to look at, and the server lets them pass. */
const minPartBytes = 100;

/**
 * Starts an S3 with the buckets that the cases work on, the same to the byte each time. One account, `source`, has `photos`, `odd` with
 * keys that are hard to write on a line, `archive`, and `backup`, which is empty; the other, `target`, has `copies`, which is empty.
 */
export async function startCaseServer(): Promise<S3Server> {
  let now = (): number => madeAt;
  const server = await startServer({
    accounts: [accounts.source, accounts.target],
    region,
    minPartBytes,
    now: () => new Date(now()),
  });
  const clock = { ...systemClock, now: () => now() };
  const endpoint = { url: server.url, region };
  const open = (name: string, account = accounts.source): S3Bucket =>
    openBucket(endpoint, account, name, { clock });

  const photos = open("photos");
  const odd = open("odd");
  const archive = open("archive");
  const backup = open("backup");
  const copies = open("copies", accounts.target);
  const all = [photos, odd, archive, backup, copies];
  try {
    for (const bucket of all) await createBucket(bucket);
    await putPhotos(photos);
    for (const key of oddKeys) await put(odd, key, "odd");
    await putArchive(archive, server);
  } finally {
    await Promise.all(all.map(({ s3 }) => s3.close()));
  }
  now = Date.now;
  return server;
}

/** What a case left in the bucket it was to write to: its objects and unfinished uploads, a line each; empty when there is nothing. */
export function describeBucket(server: S3Server, name: string): string {
  const objects = server.store.keys(name).map((key) => {
    const { etag, storageClass } = server.store.object(name, key)!;
    return `${JSON.stringify(key)} ${etag} ${storageClass}\n`;
  });
  const uploads = server.store.uploads(name).map(({ key }) => `unfinished ${key}\n`);
  return [...objects, ...uploads].join("");
}

async function putPhotos(bucket: S3Bucket): Promise<void> {
  const jpeg = { "content-type": "image/jpeg", "x-amz-meta-camera": "Leica" };
  await put(bucket, "2015/anna.jpg", "Anna in the garden\n", jpeg);
  await put(bucket, "2015/bert.jpg", "Bert at the lake\n", jpeg);
  await put(bucket, "empty", "");
  await put(bucket, "index.html", "<h1>Photos</h1>\n", { "content-type": "text/html" });
  await uploadInParts(bucket, "2016/clip.mov", Buffer.alloc(500, "clip"), [200, 200, 100]);
  // Of parts that no tool would choose, so that they cannot be guessed.
  await uploadInParts(bucket, "2016/wide.mov", Buffer.alloc(700, "wide"), [300, 150, 250]);
}

/** Tab, line ends, NUL, the escape itself, what a URL or an XML would take for its own, and what begins a comment. */
const oddKeys = [
  " blank at both ends ",
  "#hash",
  "100%/a+b&c=<d>",
  "a//b",
  "back\\slash",
  "line\nend\rs",
  "tab\there",
  "\\N",
  "é/ünï",
  "\ufeffmark",
  "😀",
];

async function putArchive(bucket: S3Bucket, server: S3Server): Promise<void> {
  for (const storageClass of ["STANDARD_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]) {
    const key = storageClass.toLowerCase();
    await put(bucket, key, `${key}\n`, { "x-amz-storage-class": storageClass });
  }
  await put(bucket, "restored", "restored\n", { "x-amz-storage-class": "GLACIER" });
  server.store.object(bucket.name, "restored")!.restore = {
    readyAt: new Date(madeAt),
    expiresAt: new Date("2099-01-01T00:00:00Z"),
  };
}

async function put(
  bucket: S3Bucket,
  key: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const body = Buffer.from(text);
  await putObject(bucket, key, { body, length: body.length, headers });
}
