/** What the command line tells of a listing that fails in part, is ended, or cannot be cut. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { createBucket } from "../src/s3/bucket.ts";
import { openRig, type Rig } from "./support/rig.ts";
import { accounts } from "./support/servers/running.ts";
import { openShell, type Shell } from "./support/shell.ts";

const keys = Array.from({ length: 1500 }, (_, i) => `k${String(i).padStart(4, "0")}`);

describe("a listing at the command line", () => {
  let rig: Rig;
  let shell: Shell;
  before(async () => {
    rig = await openRig({ pageSize: 20 });
    shell = await openShell({ url: rig.server.url, ...accounts });
    for (const key of keys) rig.server.putObject(rig.source.name, key, key);
  });
  after(async () => {
    await shell.close();
    await rig.close();
  });
  afterEach(() => rig.server.faults.clear());

  const options = "--endpoint $ENDPOINT --profile jeff";
  const ls = `campanile ls s3://source-bucket ${options} --columns key`;
  const bucketlist = `campanile bucketlist --bucket source-bucket ${options}`;
  /** With one try, a request that is refused once has failed for good. */
  const env = { AWS_MAX_ATTEMPTS: "1" };
  const late = { operation: "ListObjectsV2", after: 12, count: 2 } as const;

  for (const [name, list] of [
    ["ls", ls],
    ["ls --unordered", `${ls} --unordered`],
    ["bucketlist", `echo , | ${bucketlist}`],
  ] as const) {
    test(`by ${name} has the rest when a part fails, and names the part for bucketlist`, async () => {
      rig.server.faults.add({ kind: "slowDown", ...late });
      const { stdout, stderr, status } = await shell.run(list, { env });
      assert.equal(status, 3, stderr);
      assert.match(stderr, /cannot list a part of "s3:\/\/source-bucket": S3 keeps asking for/);
      assert.match(stderr, /cannot list 2 parts of "s3:\/\/source-bucket"\n/);
      const found = keysOf(stdout);
      assert.ok(found.length < keys.length);

      const stdin = stderr.split("\n").filter((line) => line.startsWith("range\t"));
      const again = await shell.run(bucketlist, { stdin: `${stdin.join("\n")}\n` });
      assert.equal(again.status, 0);
      assert.deepEqual([...found, ...keysOf(again.stdout)].sort(), keys);
    });

    test(`by ${name} --strict ends when a part fails`, async () => {
      rig.server.faults.add({ kind: "slowDown", ...late });
      const { stderr, status } = await shell.run(`${list} --strict`, { env });
      assert.equal(status, 1, stderr);
      assert.match(stderr, /S3 keeps asking for fewer requests/);
    });
  }

  test("tells how often it had to try again, and was asked for fewer requests", async () => {
    rig.server.faults.add({ kind: "slowDown", operation: "ListObjectsV2", after: 12, count: 2 });
    const { stderr, status } = await shell.run(ls);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^campanile ls: 1,500 objects, .* bytes; 2 requests tried again, /);
    assert.match(stderr, /, \d times? S3 asked for fewer\n$/);
  });

  test("into part files is made whole by the same command", async () => {
    const list = `${ls} --output parts`;
    rig.server.faults.add({ kind: "slowDown", ...late });
    assert.equal((await shell.run(list, { env })).status, 3);
    rig.server.faults.clear();
    const { stdout, status } = await shell.run(`${list} && cat parts/part-*`, { env });
    assert.equal(status, 0);
    assert.deepEqual(keysOf(stdout), keys);
  });

  for (const [what, fault, expected] of [
    ["a part cannot be listed", { kind: "slowDown", ...late }, 3],
    ["a part file is refused", { kind: "error", code: "AccessDenied", operation: "PutObject" }, 4],
  ] as const) {
    test(`into a bucket is made whole by the same command when ${what}`, async () => {
      const name = `lists-${expected}`;
      await createBucket({ ...rig.source, name });
      rig.server.faults.add(fault);
      const list = `${ls} --output s3://${name}/of/keys --gzip`;
      const first = await shell.run(list, { env });
      assert.equal(first.status, expected, first.stderr);
      rig.server.faults.clear();
      const { status, stderr } = await shell.run(list, { env });
      assert.equal(status, 0, stderr);
      const files = rig.server.store.keys(name);
      assert.deepEqual(files, ["of/keys/_manifest.json", "of/keys/part-00000.gz"]);
      const packed = rig.server.store.bytes(name, files[1]!)!;
      assert.deepEqual(keysOf(gunzipSync(packed).toString()), keys);
    });
  }

  test("is whole though every third request is refused", async () => {
    rig.server.faults.add({ kind: "slowDown", operation: "ListObjectsV2", chance: 0.3 });
    const { stdout, status } = await shell.run(`${ls} --concurrency 8`);
    assert.equal(status, 0);
    assert.deepEqual(keysOf(stdout), keys);
    assert.ok(rig.server.faults.struck("slowDown") > 5);
  });

  test("fails as a Hadoop task when a part fails, so that it is run again", async () => {
    rig.server.faults.add({ kind: "slowDown", ...late });
    const task = { mapreduce_task_ismap: "true" };
    const { status } = await shell.run(`echo , | ${bucketlist}`, { env: { ...env, ...task } });
    assert.equal(status, 1);
  });

  test("ends by an interrupt with 130", async () => {
    rig.server.faults.add({ kind: "delay", delayMs: 40 });
    const running = shell.start(`${ls} --concurrency 2`);
    let seen = 0;
    const unlisten = rig.server.requests.listen(() => {
      if (++seen === 12) running.kill("SIGINT");
    });
    const { status, stderr } = await running.ended;
    unlisten();
    assert.equal(status, 130, stderr);
  });

  test("of a directory bucket is in no order, from no key on, and not cut", async () => {
    const name = "photos--usw2-az1--x-s3";
    // The server makes none of that name, as S3 makes them by another operation.
    rig.server.store.buckets.set(name, rig.server.store.bucket(rig.source.name));
    rig.server.requests.clear();
    const list = `campanile ls s3://${name} ${options} --columns key`;
    const { stdout } = await shell.run(list);
    assert.deepEqual(keysOf(stdout).toSorted(), keys);
    assert.equal(rig.server.requests.count("ListObjectsV2"), keys.length / 20);
    for (const more of ["--start-after k", "--stop-at k", "--output parts.x"]) {
      const { status, stderr } = await shell.run(`${list} ${more}`);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /it is a directory bucket/);
    }
  });
});

function keysOf(stdout: string): readonly string[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split("\t", 1)[0]!);
}
