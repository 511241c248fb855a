/** How the pipe ends at the real command line when it is interrupted, or when nobody reads on. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { resultCodec } from "../src/record/result.ts";
import { taskCodec } from "../src/record/task.ts";
import { openRig, type Rig } from "./support/rig.ts";
import { accounts } from "./support/servers/running.ts";
import { openShell, type Shell } from "./support/shell.ts";
import { writeObject } from "./support/write-object.ts";

describe("a pipe at the command line", () => {
  let rig: Rig;
  let shell: Shell;
  before(async () => {
    rig = await openRig();
    shell = await openShell({ url: rig.server.url, ...accounts });
    for (let i = 0; i < 60; i++) {
      const key = `${String(i).padStart(3, "0")}-${"long".repeat(50)}`;
      const body = Buffer.alloc(3000, String(i));
      const parts = i % 2 === 0 ? [1000, 1000, 1000] : undefined;
      await writeObject(rig.source, { key, body, parts });
    }
  });
  after(async () => {
    await shell.close();
    await rig.close();
  });
  beforeEach(() => {
    const bucket = rig.server.store.bucket(rig.target.name);
    for (const key of rig.server.store.keys(rig.target.name)) bucket.versions.delete(key);
    for (const { key } of rig.server.store.uploads(rig.target.name)) bucket.uploads.delete(key);
    rig.server.requests.clear();
  });
  afterEach(() => rig.server.faults.clear());

  const list = `echo , | campanile bucketlist --bucket source-bucket --endpoint $ENDPOINT --profile jeff`;
  const sides =
    "--src-bucket source-bucket --src-endpoint $ENDPOINT --src-profile jeff " +
    "--dst-bucket target-bucket --dst-endpoint $ENDPOINT --dst-profile jassy --concurrency 4";
  const plan = `campanile multipartlist ${sides}`;
  const copy = `campanile objectcopy ${sides}`;
  const complete = `campanile multipartcomplete --bucket target-bucket --endpoint $ENDPOINT --profile jassy`;

  for (const [when, operation, count] of [
    ["while it plans", "CreateMultipartUpload", 5],
    ["while it copies", "UploadPart", 10],
    ["while it completes", "CompleteMultipartUpload", 3],
  ] as const) {
    test(`that is interrupted ${when} leaves no upload, and each task has a result`, async () => {
      rig.server.faults.add({ kind: "delay", delayMs: 30 });
      const running = shell.start(
        `${list} | ${plan} | tee -i tasks.tsv | ${copy} | ${complete} > results.tsv`,
      );
      let seen = 0;
      const unlisten = rig.server.requests.listen((request) => {
        if (request.operation === operation && ++seen === count) running.kill("SIGINT");
      });
      const { status, stderr } = await running.ended;
      unlisten();
      assert.ok(seen >= count, `interrupted: ${stderr}`);
      assert.equal(status, 130, stderr);
      assert.match(stderr, /campanile: interrupted/);

      const tasks = (await linesOf("tasks.tsv")).map((line) => taskCodec.decode(line));
      const results = (await linesOf("results.tsv")).map((line) => resultCodec.decode(line));
      assert.deepEqual(
        results.map(({ key, part }) => `${key} ${part?.part}`).sort(),
        tasks.map(({ key, part }) => `${key} ${part?.part}`).sort(),
      );
      assert.ok(results.some(({ attributes }) => attributes?.code === "Interrupted"));
      for (const { key, attributes } of results) {
        const isCopied = attributes?.outcome === undefined;
        const { source, target } = rig.at(key);
        if (isCopied) assert.equal(target?.etag, source?.etag, key);
      }
      assert.deepEqual(rig.server.store.uploads(rig.target.name), [], "uploads left behind");
    });
  }

  test("whose reader is gone ends in peace where it only lists", async () => {
    const many = `for i in {1..40}; do echo ,; done | campanile bucketlist --bucket source-bucket --endpoint $ENDPOINT --profile jeff`;
    const { stdout, stderr } = await shell.run(`${many} | head -n 1; echo "\${PIPESTATUS[@]:1}"`);
    const [line, statuses] = stdout.trimEnd().split("\n");
    assert.match(line ?? "", /^000-long/);
    assert.equal(statuses, "0 0");
    assert.equal(stderr, "");
  });

  test("whose reader is gone fails where it begins uploads, and ends those that nobody knows of", async () => {
    rig.server.faults.add({ kind: "delay", delayMs: 20, operation: "HeadObject" });
    const { stdout, stderr } = await shell.run(
      `${list} > list.tsv; (${plan} < list.tsv; echo $? > status) | head -n 1; cat status`,
    );
    const [line, status] = stdout.trimEnd().split("\n");
    assert.match(line ?? "", /^000-long/);
    assert.equal(status, "1", stderr);
    assert.match(stderr, /nobody reads the results any more/);
    const begun = rig.server.requests.count("CreateMultipartUpload");
    const left = rig.server.store.uploads(rig.target.name).map(({ key }) => key.slice(0, 3));
    // What was written before the reader went is told, though it was read by nobody.
    assert.ok(left.length < begun, `${left.length} of ${begun} are left`);
    assert.ok(rig.server.requests.count("AbortMultipartUpload") > 0);
  });

  test("whose reader is gone fails where it copies, and ends the uploads whose results it could not tell", async () => {
    rig.server.faults.add({ kind: "delay", delayMs: 20, operation: "UploadPart" });
    const { stdout, stderr } = await shell.run(
      `${list} | ${plan} > tasks.tsv; (${copy} < tasks.tsv; echo $? > status) | head -n 1; cat status`,
    );
    assert.equal(stdout.trimEnd().split("\n")[1], "1", stderr);
    assert.match(stderr, /nobody reads the results any more/);
    assert.ok(rig.server.requests.count("AbortMultipartUpload") > 0);
  });

  async function linesOf(name: string): Promise<string[]> {
    return (await readFile(join(shell.home, name), "utf8")).split("\n").filter(Boolean);
  }
});
