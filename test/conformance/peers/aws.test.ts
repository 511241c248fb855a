import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { describeTree, readTree, sampleTree, writeTree } from "../../support/file-tree.ts";
import { needsPeers, openPeerHome, succeeded } from "../../support/peers.ts";
import type { PeerHome, PeerOptions } from "../../support/peers.ts";

/** What people do with `aws s3`, in the order they do it. */
describe("aws s3", needsPeers("aws"), () => {
  const bucket = "source-bucket";
  const other = "source-other";
  const tree = sampleTree();
  let home: PeerHome;

  before(async () => {
    home = await openPeerHome();
    await writeTree(join(home.directory, "tree"), tree);
  });
  after(() => home.close());

  const aws = (args: string, options?: PeerOptions) =>
    home.run("aws", ["s3", ...args.split(" ")], options);
  const did = async (args: string, options?: PeerOptions) => succeeded(await aws(args, options));

  test("mb makes a bucket, which ls shows to its owner only", async () => {
    assert.equal(await did(`mb s3://${bucket}`), `make_bucket: ${bucket}\n`);
    await did(`mb s3://${other}`);
    assert.match(await did("ls"), new RegExp(` ${bucket}\n`));
    assert.equal(await did("ls", { as: "target" }), "");
  });

  test("sync uploads a tree, large files in parts", async () => {
    home.takeRequests();
    const lines = (await did(`sync tree s3://${bucket}/tree --no-progress`)).trimEnd().split("\n");
    assert.equal(lines.length, tree.size);
    assert.ok(lines.every((line) => line.startsWith("upload: ")));
    assert.deepEqual(home.takeRequests(), {
      ListObjectsV2: 1,
      PutObject: tree.size - 1,
      CreateMultipartUpload: 1,
      UploadPart: 3,
      CompleteMultipartUpload: 1,
    });
    assert.deepEqual(describeTree(home.stored(bucket, "tree/")), describeTree(tree));
    assert.match(home.server.store.object(bucket, "tree/large.bin")?.etag ?? "", /-3$/);
  });

  test("sync once more finds nothing to do", async () => {
    home.takeRequests();
    assert.equal(await did(`sync tree s3://${bucket}/tree --delete`), "");
    assert.deepEqual(home.takeRequests(), { ListObjectsV2: 1 });
  });

  test("ls shows folders and objects, and all of them when recursive", async () => {
    const folders = await did(`ls s3://${bucket}/tree/`);
    assert.match(folders, /^ +PRE deep\/$/m);
    assert.match(folders, / 20971520 large\.bin$/m);
    assert.doesNotMatch(folders, /file\.json/);
    const all = await did(`ls --recursive --summarize s3://${bucket}`);
    assert.match(all, / 1000 tree\/deep\/er\/still\/file\.json$/m);
    assert.match(all, new RegExp(`Total Objects: ${tree.size}\n +Total Size: 20981520\n$`));
  });

  test("ls reads one page after the other", async () => {
    home.takeRequests();
    const all = await did(`ls --recursive --page-size 1 s3://${bucket}`);
    assert.equal(all.trimEnd().split("\n").length, tree.size);
    assert.deepEqual(home.takeRequests(), { ListObjectsV2: tree.size });
  });

  test("cp downloads the tree as it was", async () => {
    await did(`cp --recursive --no-progress s3://${bucket}/tree down`);
    assert.deepEqual(
      describeTree(await readTree(join(home.directory, "down"))),
      describeTree(tree),
    );
  });

  test("cp reads standard input and writes standard output", async () => {
    await did(`cp - s3://${bucket}/piped`, { stdin: "through a pipe\n" });
    assert.equal(await did(`cp s3://${bucket}/piped -`), "through a pipe\n");
    await did(`rm s3://${bucket}/piped`);
  });

  test("sync between buckets copies on the server, with its headers", async () => {
    await did(
      `cp tree/plain.txt s3://${bucket}/tree/typed --content-type text/x-y --metadata who=jeff`,
    );
    home.takeRequests();
    await did(`sync s3://${bucket}/tree s3://${other}/copied --no-progress`);
    const counts = home.takeRequests();
    assert.equal(counts["CopyObject"], tree.size);
    assert.equal(counts["UploadPartCopy"], 3);
    assert.deepEqual([counts["GetObject"], counts["PutObject"]], [undefined, undefined]);
    const { store } = home.server;
    assert.equal(
      store.object(other, "copied/large.bin")?.etag,
      store.object(bucket, "tree/large.bin")?.etag,
    );
    const typed = store.object(other, "copied/typed");
    assert.deepEqual(
      [typed?.headers, typed?.metadata],
      [{ "content-type": "text/x-y" }, { who: "jeff" }],
    );
    await did(`rm s3://${bucket}/tree/typed`);
    await did(`rm s3://${other}/copied/typed`);
    assert.deepEqual(describeTree(home.stored(other, "copied/")), describeTree(tree));
  });

  test("mv copies and deletes", async () => {
    await did(`mv s3://${other}/copied/plain.txt s3://${other}/moved.txt`);
    assert.equal(home.server.store.object(other, "copied/plain.txt"), undefined);
    assert.deepEqual(home.server.store.bytes(other, "moved.txt"), tree.get("plain.txt"));
  });

  test("presign makes a URL by which anybody can read that object, and no other", async () => {
    const url = (await did(`presign s3://${bucket}/tree/plain.txt --expires-in 60`)).trim();
    const reply = await fetch(url);
    assert.equal(reply.status, 200);
    assert.deepEqual(Buffer.from(await reply.arrayBuffer()), tree.get("plain.txt"));
    const other = await fetch(url.replace("plain.txt", "empty"));
    assert.deepEqual(
      [other.status, /<Code>(.*?)</.exec(await other.text())?.[1]],
      [403, "SignatureDoesNotMatch"],
    );
  });

  const refusals = [
    {
      name: "a wrong secret",
      args: (b: string) => `ls s3://${b}`,
      as: "wrong",
      code: "SignatureDoesNotMatch",
    },
    {
      name: "the bucket of another",
      args: (b: string) => `ls s3://${b}`,
      as: "target",
      code: "AccessDenied",
    },
    {
      name: "a bucket that is not there",
      args: () => "ls s3://source-nowhere",
      as: "source",
      code: "NoSuchBucket",
    },
    {
      name: "a bucket that is not empty",
      args: (b: string) => `rb s3://${b}`,
      as: "source",
      code: "BucketNotEmpty",
    },
    {
      name: "a key that is not there",
      args: (b: string) => `cp s3://${b}/nothing x`,
      as: "source",
      code: "404",
    },
    {
      name: "a name that is taken",
      args: (b: string) => `mb s3://${b}`,
      as: "target",
      code: "BucketAlreadyExists",
    },
  ] as const;
  for (const { name, args, as, code } of refusals) {
    test(`says ${code} of ${name}`, async () => {
      const { stderr, status } = await aws(args(bucket), { as });
      assert.notEqual(status, 0);
      assert.match(stderr, new RegExp(`error occurred \\(${code}\\)`));
    });
  }

  test("rm deletes what is asked for, and rb --force the rest and the bucket", async () => {
    await did(`rm --recursive s3://${bucket}/tree --exclude * --include deep/*`);
    assert.deepEqual(
      home.server.store.keys(bucket).filter((key) => key.includes("deep")),
      [],
    );
    assert.equal(home.server.store.keys(bucket).length, tree.size - 1);
    await did(`rb --force s3://${bucket}`);
    assert.match(await did(`rb --force s3://${other}`), new RegExp(`remove_bucket: ${other}\n$`));
    assert.equal(home.server.store.buckets.size, 0);
  });
});
