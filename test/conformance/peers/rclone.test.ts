import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { createMultipartUpload } from "../../../src/s3/create-multipart-upload.ts";
import { openBucket } from "../../support/connect.ts";
import { describeTree, readTree, sampleTree, writeTree } from "../../support/file-tree.ts";
import { needsPeers, openPeerHome, succeeded } from "../../support/peers.ts";
import type { PeerHome } from "../../support/peers.ts";
import { accounts } from "../../support/servers/running.ts";

/** What people do with rclone, in the order they do it. */
describe("rclone", needsPeers("rclone"), () => {
  const bucket = "source-bucket";
  const other = "source-other";
  const foreign = "target-bucket";
  const tree = sampleTree();
  let home: PeerHome;

  before(async () => {
    home = await openPeerHome();
    await writeTree(join(home.directory, "tree"), tree);
  });
  after(() => home.close());

  const rclone = (args: string) => home.run("rclone", args.split(" "));
  const did = async (args: string) => succeeded(await rclone(args));

  test("mkdir makes a bucket, which lsf shows to its owner only", async () => {
    await did(`mkdir source:${bucket}`);
    await did(`mkdir source:${other}`);
    await did(`mkdir target:${foreign}`);
    assert.equal(
      await did("lsf source:"),
      [bucket, other]
        .sort()
        .map((b) => `${b}/\n`)
        .join(""),
    );
    assert.equal(await did("lsf target:"), `${foreign}/\n`);
  });

  test("sync uploads a tree, large files in parts", async () => {
    home.takeRequests();
    await did(`sync tree source:${bucket}/tree --s3-upload-cutoff 16M --s3-chunk-size 8M`);
    const counts = home.takeRequests();
    assert.deepEqual([counts["PutObject"], counts["UploadPart"]], [tree.size - 1, 3]);
    assert.deepEqual(describeTree(home.stored(bucket, "tree/")), describeTree(tree));
    assert.match(home.server.store.object(bucket, "tree/large.bin")?.etag ?? "", /-3$/);
  });

  test("sync once more finds nothing to do", async () => {
    home.takeRequests();
    await did(`sync tree source:${bucket}/tree`);
    const { HeadObject, ListObjectsV2, ...others } = home.takeRequests();
    assert.ok(HeadObject !== undefined && ListObjectsV2 !== undefined);
    assert.deepEqual(others, {});
  });

  test("check finds both equal, by hashes and by bytes", async () => {
    await did(`check tree source:${bucket}/tree`);
    await did(`check --download tree source:${bucket}/tree`);
  });

  test("lsf shows folders and objects, and all of them when recursive", async () => {
    assert.match(await did(`lsf source:${bucket}/tree`), /^deep\/$/m);
    const all = await did(`lsf -R --files-only source:${bucket}/tree`);
    assert.deepEqual(all.split("\n").filter(Boolean).sort(), [...tree.keys()].sort());
  });

  test("sync downloads the tree as it was", async () => {
    await did(`sync source:${bucket}/tree down`);
    const found = await readTree(join(home.directory, "down"));
    assert.deepEqual(describeTree(found), describeTree(tree));
  });

  test("sync between buckets copies on the server", async () => {
    home.takeRequests();
    await did(`sync source:${bucket}/tree source:${other}/copied --s3-copy-cutoff 8M`);
    const counts = home.takeRequests();
    assert.deepEqual([counts["CopyObject"], counts["UploadPartCopy"]], [tree.size - 1, 3]);
    assert.deepEqual([counts["GetObject"], counts["PutObject"]], [undefined, undefined]);
    assert.deepEqual(describeTree(home.stored(other, "copied/")), describeTree(tree));
  });

  test("copy from one account to another passes the bytes on", async () => {
    await did(`copy source:${bucket}/tree target:${foreign}/tree`);
    assert.deepEqual(describeTree(home.stored(foreign, "tree/")), describeTree(tree));
    await did(`check --download source:${bucket}/tree target:${foreign}/tree`);
  });

  test("check tells of every difference", async () => {
    const { store } = home.server;
    assert.equal(store.keys(foreign).length, tree.size);
    await did(`deletefile target:${foreign}/tree/plain.txt`);
    const { status, stdout } = await rclone(
      `check --combined - source:${bucket}/tree target:${foreign}/tree`,
    );
    assert.equal(status, 1);
    assert.match(stdout, /^\+ plain\.txt$/m);
  });

  test("moveto renames on the server, and the file's time stays", async () => {
    const before = await did(`lsf --format t source:${bucket}/tree/large.bin`);
    home.takeRequests();
    await did(`moveto source:${bucket}/tree/large.bin source:${bucket}/moved.bin`);
    assert.equal(home.takeRequests()["CopyObject"], 1);
    assert.equal(await did(`lsf --format t source:${bucket}/moved.bin`), before);
    assert.deepEqual(home.server.store.bytes(bucket, "moved.bin"), tree.get("large.bin"));
    assert.equal(home.server.store.object(bucket, "tree/large.bin"), undefined);
  });

  test("link gives a URL by which anybody can read that object", async () => {
    const url = (await did(`link --expire 1m source:${bucket}/tree/empty`)).trim();
    const reply = await fetch(url.replace("/empty?", "/plain.txt?"));
    assert.equal(reply.status, 403);
    assert.equal((await fetch(url)).status, 200);
  });

  test("an upload by a presigned request, or with a key of its own, is read again", async () => {
    const key = "--s3-sse-customer-algorithm AES256 --s3-sse-customer-key " + "k".repeat(32);
    const text = tree.get("plain.txt")?.toString();
    await did(`copyto tree/plain.txt source:${other}/signed --s3-use-presigned-request`);
    assert.equal(await did(`cat source:${other}/signed`), text);
    await did(`copyto tree/plain.txt source:${other}/secret ${key}`);
    assert.equal(await did(`cat source:${other}/secret ${key}`), text);
    assert.notEqual((await rclone(`cat source:${other}/secret`)).status, 0);
  });

  test("cleanup aborts the uploads that nobody finished", async () => {
    const { s3, name } = openBucket(home.server, accounts.source, other);
    await createMultipartUpload({ s3, name }, "left behind");
    await s3.close();
    assert.match(await did(`backend list-multipart-uploads source:${other}`), /"left behind"/);
    await did(`backend cleanup source:${other} -o max-age=0s`);
    assert.deepEqual(home.server.store.uploads(other), []);
  });

  test("an archived object is restored and then read", async () => {
    await did(`copyto tree/plain.txt source:${other}/cold/file --s3-storage-class GLACIER`);
    const read = await rclone(`cat source:${other}/cold/file`);
    assert.match(read.stderr, /Object in GLACIER, restore first/);
    const restored = await did(`backend restore source:${other}/cold -o lifetime=1`);
    assert.deepEqual(JSON.parse(restored), [{ Remote: "file", Status: "OK" }]);
    const [status] = JSON.parse(
      await did(`backend restore-status source:${other}/cold`),
    ) as unknown[];
    assert.partialDeepStrictEqual(status, {
      Remote: "file",
      RestoreStatus: { IsRestoreInProgress: false },
      StorageClass: "GLACIER",
    });
    assert.equal(await did(`cat source:${other}/cold/file`), tree.get("plain.txt")?.toString());
  });

  test("versions are kept, listed by their times and deleted", async () => {
    assert.equal(await did(`backend versioning target:${foreign}`), '"Unversioned"\n');
    await did(`backend versioning target:${foreign} Enabled`);
    await did(`copyto tree/empty target:${foreign}/versioned/file`);
    await did(`copyto tree/plain.txt target:${foreign}/versioned/file`);
    await did(`deletefile target:${foreign}/versioned/file`);
    assert.equal(await did(`lsf target:${foreign}/versioned`), "");
    const versions = await did(`lsf --s3-versions --format sp target:${foreign}/versioned`);
    assert.match(versions, /^1000;file-v[-\d]+\n0;file-v[-\d]+\n$/);
    await did(`backend cleanup-hidden target:${foreign}`);
    assert.equal(await did(`lsf --s3-versions target:${foreign}/versioned`), "");
  });

  const refusals = [
    { name: "a wrong secret", args: `lsf wrong:${bucket}`, says: /SignatureDoesNotMatch/ },
    { name: "another's bucket", args: `lsf target:${bucket}`, says: /AccessDenied/ },
    { name: "no such bucket", args: "lsf source:source-nowhere", says: /directory not found/ },
    {
      name: "a bucket not empty",
      args: `rmdir source:${bucket}`,
      says: /BucketNotEmpty|not empty/,
    },
  ];
  for (const { name, args, says } of refusals) {
    test(`is refused for ${name}, and says so`, async () => {
      const { stderr, status } = await rclone(`${args} --retries 1`);
      assert.notEqual(status, 0);
      assert.match(stderr, says);
    });
  }

  test("purge deletes a bucket and all that is in it", async () => {
    for (const address of [`source:${bucket}`, `source:${other}`, `target:${foreign}`]) {
      await did(`purge ${address}`);
    }
    assert.equal(home.server.store.buckets.size, 0);
  });
});
