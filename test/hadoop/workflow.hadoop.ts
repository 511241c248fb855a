import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { escapeColumn } from "../../src/record/escape.ts";
import { resultCodec } from "../../src/record/result.ts";
import { createBucket } from "../../src/s3/bucket.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { deleteObjects } from "../../src/s3/delete-objects.ts";
import { listMultipartUploads } from "../../src/s3/list-multipart-uploads.ts";
import { openBucket } from "../support/connect.ts";
import { newBucketName, testServers } from "../support/servers.ts";
import type { RunningServer } from "../support/servers.ts";
import type { Shell } from "../support/shell.ts";
import { type ObjectSpec, writeObject } from "../support/write-object.ts";
import { assertEnded, type HadoopRig, openHadoopRig } from "./support/hadoop-rig.ts";

/** Keys that a line, Hadoop or Hive would each take for something else. */
const oddKeys = [
  "\\N",
  "\ufeffmark",
  "a\tb",
  "a\rb",
  "a\nb",
  "a\r\nb",
  "back\\slash\\",
  'it\'s "quoted" ${SRC}',
  "%09",
  "x".repeat(1024),
  "\t".repeat(1024),
  "\ud83d\ude00",
];

/** As the AWS CLI cuts, which is what is guessed where a server does not tell: else the ETags would differ. */
const parts = [8 * 2 ** 20, 1000];

/** Cuts the keys for two list tasks, in the middle of those above. */
const partFile = "range\t\\N\tb\nrange\tb\t\\N\n";

describe("the steps of a job on Hadoop", () => {
  let rig: HadoopRig;

  before(async () => {
    rig = await openHadoopRig();
  });
  after(() => rig?.close());

  for (const server of testServers.filter(
    ({ name }) => name === "campanile" || name === "radosgw",
  )) {
    describe(`with ${server.name}`, server.options, () => {
      let running: RunningServer;
      let shell: Shell;
      let source: S3Bucket;
      let target: S3Bucket;
      let expected: S3Bucket;

      before(async () => {
        running = await server.start();
        shell = await rig.openShell(running);
        const open = async (side: "source" | "target", label: string): Promise<S3Bucket> => {
          const account = running[side];
          const bucket = openBucket(running, account, newBucketName(account, label));
          await createBucket(bucket);
          return bucket;
        };
        source = await open("source", "from");
        target = await open("target", "to");
        expected = await open("target", "expected");
        for (const key of oddKeys) await writeObject(source, plain(key));
        for (const key of ["in\tparts", "parts/\u00fc"]) await writeObject(source, inParts(key));
        await writeFile(join(shell.home, "part.some"), partFile);
      });
      after(async () => {
        await Promise.all([source, target, expected].map((bucket) => bucket?.s3.close()));
        await shell?.close();
        await running?.stop();
      });

      test("copy what a pipe copies, record for record: list, list, Hive, plan, copy, complete", async () => {
        const pipe = await shell.run(`
          echo , | campanile bucketlist --bucket ${source.name} --profile jeff |
          campanile multipartlist ${sides(expected)} |
          campanile objectcopy ${sides(expected)} |
          campanile multipartcomplete --bucket ${expected.name} --profile jassy`);
        assertEnded(pipe);
        const run = await sync(
          "first",
          "--diff-with hive --compare etag --plan-lines 5 --copy-lines 4",
        );
        assertEnded(run);
        const found = await rig.linesOf("/runs/first-" + server.name + "/results");
        assert.deepEqual(
          found.map(withoutUpload).sort(),
          pipe.stdout.split("\n").slice(0, -1).map(withoutUpload).sort(),
        );
        assert.equal(new Set(found.map(keyOf)).size, oddKeys.length + 2);
        assert.deepEqual(await listing(target), await listing(expected));
        await assertNoUploads();
      });

      test("find nothing to do when all is the same: steps of no lines", async () => {
        assertEnded(await sync("same", "--diff-with shuffle --compare etag"));
        assert.deepEqual(await rig.linesOf("/runs/same-" + server.name + "/results"), []);
      });

      test("copy and delete what has changed, by the shuffle", async () => {
        await deleteObjects(source, [{ key: "a\rb" }, { key: "%09" }]);
        await writeObject(source, plain("a\tb"));
        await writeObject(source, inParts("new\nparts"));
        assertEnded(await sync("changed", "--diff-with shuffle --compare etag --delete"));
        const results = await rig.linesOf("/runs/changed-" + server.name + "/results");
        assert.deepEqual([...new Set(results.map(keyOf))].sort(), ["a\\tb", "new\\nparts"]);
        assert.deepEqual(await listing(target), await listing(source));
        await assertNoUploads();
      });

      function sync(name: string, options: string) {
        return shell.run(
          // All tasks of a job in one JVM, which is most of what a small job takes.
          `campanile sync -D mapreduce.job.ubertask.enable=true --reducers 1 s3://${source.name} s3://${target.name} --src-profile jeff --dst-profile jassy ${rig.options} --input part.some --run /runs/${name}-${server.name} ${options}`,
        );
      }

      /** Keys, ETags and sizes. */
      async function listing({ name }: S3Bucket): Promise<string> {
        const profile = name === source.name ? "jeff" : "jassy";
        const { stdout, status, stderr } = await shell.run(
          `campanile ls s3://${name} --profile ${profile} --columns key,etag,size`,
        );
        assert.equal(status, 0, stderr);
        return stdout;
      }

      function sides(to: S3Bucket): string {
        return `--src-bucket ${source.name} --src-profile jeff --dst-bucket ${to.name} --dst-profile jassy`;
      }

      async function assertNoUploads(): Promise<void> {
        assert.deepEqual((await listMultipartUploads(target, {})).uploads, []);
      }
    });
  }
});

function plain(key: string): ObjectSpec {
  return {
    key,
    body: randomBytes(100),
    headers: { "x-amz-meta-of": escapeColumn(key).length.toString() },
  };
}

function inParts(key: string): ObjectSpec {
  return { key, body: randomBytes(parts[0]! + parts[1]!), parts };
}

function keyOf(line: string): string {
  return line.split("\t", 1)[0]!;
}

/** Upload ids are another each time. */
function withoutUpload(line: string): string {
  const result = resultCodec.decode(line);
  const part = result.part && { ...result.part, uploadId: "upload" };
  return resultCodec.encode({ ...result, part });
}
