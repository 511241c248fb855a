import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { describeTree, readTree, sampleTree, writeTree } from "../../support/file-tree.ts";
import { needsPeers, openPeerHome, succeeded } from "../../support/peers.ts";
import type { PeerHome, PeerOptions } from "../../support/peers.ts";

/** What people do with s5cmd, in the order they do it. */
describe("s5cmd", needsPeers("s5cmd"), () => {
  const bucket = "source-bucket";
  const other = "source-other";
  const tree = sampleTree();
  const bytes = [...tree.values()].reduce((sum, body) => sum + body.length, 0);
  let home: PeerHome;

  before(async () => {
    home = await openPeerHome();
    await writeTree(join(home.directory, "tree"), tree);
  });
  after(() => home.close());

  const s5cmd = (args: string, options?: PeerOptions) =>
    home.run("s5cmd", args.split(" "), options);
  const did = async (args: string, options?: PeerOptions) => succeeded(await s5cmd(args, options));

  test("mb makes a bucket, which ls shows to its owner only", async () => {
    assert.equal(await did(`mb s3://${bucket}`), `mb s3://${bucket}\n`);
    await did(`mb s3://${other}`);
    assert.match(await did("ls"), new RegExp(`s3://${bucket}\n`));
    assert.equal(await did("ls", { as: "target" }), "");
  });

  test("cp uploads a tree, large files in parts", async () => {
    home.takeRequests();
    await did(`cp --part-size 8 tree/ s3://${bucket}/tree/`);
    const counts = home.takeRequests();
    assert.deepEqual([counts["PutObject"], counts["UploadPart"]], [tree.size - 1, 3]);
    assert.deepEqual(describeTree(home.stored(bucket, "tree/")), describeTree(tree));
    assert.match(home.server.store.object(bucket, "tree/large.bin")?.etag ?? "", /-3$/);
  });

  test("sync finds nothing to do after that", async () => {
    home.takeRequests();
    assert.equal(await did(`sync --size-only tree/ s3://${bucket}/tree/`), "");
    assert.deepEqual(home.takeRequests(), { ListObjectsV2: 1 });
  });

  test("ls lists what a wildcard matches, and du sums it up", async () => {
    const lines = (await did(`--json ls s3://${bucket}/tree/*.txt`)).trimEnd().split("\n");
    const keys = lines.map((line) => (JSON.parse(line) as { key: string }).key);
    const expected = [...home.stored(bucket, "tree/").keys()].filter((key) =>
      /^[^/]*\.txt$/.test(key),
    );
    assert.equal(expected.length, 4);
    assert.deepEqual(
      keys,
      expected.map((key) => `s3://${bucket}/tree/${key}`),
    );
    assert.equal(
      await did(`du s3://${bucket}/*`),
      `${bytes} bytes in ${tree.size} objects: s3://${bucket}/*\n`,
    );
  });

  test("cp downloads the tree as it was", async () => {
    await did(`cp s3://${bucket}/tree/* down/`);
    const found = await readTree(join(home.directory, "down"));
    assert.deepEqual(describeTree(found), describeTree(tree));
  });

  test("sync between buckets copies on the server", async () => {
    home.takeRequests();
    await did(`sync s3://${bucket}/tree/* s3://${other}/copied/`);
    const counts = home.takeRequests();
    assert.equal(counts["CopyObject"], tree.size);
    assert.deepEqual([counts["GetObject"], counts["PutObject"]], [undefined, undefined]);
    assert.deepEqual(describeTree(home.stored(other, "copied/")), describeTree(tree));
    assert.equal(await did(`sync s3://${bucket}/tree/* s3://${other}/copied/`), "");
  });

  test("mv copies and deletes", async () => {
    await did(`mv s3://${other}/copied/plain.txt s3://${other}/moved.txt`);
    assert.equal(home.server.store.object(other, "copied/plain.txt"), undefined);
    assert.deepEqual(home.server.store.bytes(other, "moved.txt"), tree.get("plain.txt"));
  });

  test("cat and pipe read and write one object", async () => {
    await did(`pipe s3://${bucket}/piped`, { stdin: "through a pipe\n" });
    assert.equal(await did(`cat s3://${bucket}/piped`), "through a pipe\n");
  });

  test("run carries out a list of commands", async () => {
    const stdin = ["a", "b"].map((key) => `cp s3://${bucket}/piped s3://${bucket}/run/${key}\n`);
    await did("run", { stdin: stdin.join("") });
    assert.deepEqual([...home.stored(bucket, "run/").keys()], ["a", "b"]);
  });

  const refusals = [
    {
      name: "a wrong secret",
      args: `ls s3://${bucket}`,
      as: "wrong",
      says: /SignatureDoesNotMatch/,
    },
    { name: "another's bucket", args: `ls s3://${bucket}`, as: "target", says: /AccessDenied/ },
    { name: "no such bucket", args: "ls s3://source-nowhere", as: "source", says: /NoSuchBucket/ },
    { name: "a bucket not empty", args: `rb s3://${bucket}`, as: "source", says: /BucketNotEmpty/ },
    {
      name: "no such key",
      args: `cat s3://${bucket}/nothing`,
      as: "source",
      says: /nothing not found$/m,
    },
  ] as const;
  for (const { name, args, as, says } of refusals) {
    test(`is refused for ${name}, and says so`, async () => {
      const { stderr, status } = await s5cmd(args, { as });
      assert.equal(status, 1);
      assert.match(stderr, says);
    });
  }

  test("rm deletes what a wildcard matches, many with one request", async () => {
    home.takeRequests();
    await did(`rm s3://${bucket}/*`);
    await did(`rm s3://${other}/*`);
    assert.deepEqual(home.takeRequests(), { ListObjectsV2: 2, DeleteObjects: 2 });
    await did(`rb s3://${bucket}`);
    await did(`rb s3://${other}`);
    assert.equal(home.server.store.buckets.size, 0);
  });
});
