import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createBucket } from "../../src/s3/bucket.ts";
import type { S3Bucket } from "../../src/s3/client.ts";
import { listMultipartUploads } from "../../src/s3/list-multipart-uploads.ts";
import { openBucket } from "../support/connect.ts";
import { expectedObjects, originalFiles, partFile, uploadAsCli } from "../support/original-data.ts";
import { newBucketName, type RunningServer, testServers } from "../support/servers.ts";
import { openShell, type Shell } from "../support/shell.ts";

/** The commands of the original's readme, in its order; dates and upload ids are not compared. */
for (const server of testServers) {
  describe(`the original's transcript on ${server.name}`, server.options, () => {
    let running: RunningServer;
    let shell: Shell;
    let source: S3Bucket;
    let target: S3Bucket;
    let env: Record<string, string>;

    before(async () => {
      running = await server.start();
      shell = await openShell(running);
      source = openBucket(running, running.source, newBucketName(running.source, "src"));
      target = openBucket(running, running.target, newBucketName(running.target, "dst"));
      await createBucket(source);
      await createBucket(target);
      for (const [key, body] of await originalFiles()) await uploadAsCli(source, key, body);
      env = { SRC: source.name, DST: target.name, PART: await partFile };
    });
    after(async () => {
      await source.s3.close();
      await target.s3.close();
      await shell.close();
      await running.stop();
    });

    const list = `campanile bucketlist --bucket $SRC --endpoint $ENDPOINT --profile jeff`;
    const sides =
      "--src-bucket $SRC --src-endpoint $ENDPOINT --src-profile jeff " +
      "--dst-bucket $DST --dst-endpoint $ENDPOINT --dst-profile jassy";
    const copy =
      `campanile multipartlist ${sides} | campanile objectcopy ${sides} | ` +
      `campanile multipartcomplete --bucket $DST --endpoint $ENDPOINT --profile jassy`;

    /** Runs a line that must succeed; gives its lines without dates, and upload ids as UPLOAD. */
    async function lines(line: string): Promise<string[]> {
      const { stdout, stderr, status } = await shell.run(line, { env });
      assert.equal(status, 0, stderr);
      return stdout
        .replace(/\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "\tDATE")
        .replace(/^(.*-3\t(?:\d+\tDATE\t)?)[^\t\n]+/gm, "$1UPLOAD")
        .split("\n")
        .filter(Boolean);
    }

    test("bucketlist of the part file's first line", async () => {
      const found = await lines(`head -n 1 <<< "$PART" | ${list}`);
      assert.equal(found.length, 16);
      assert.equal(found[0], "00\tbe78ac18165af5cf456453eb3f37ec9a\t10240\tDATE");
    });

    test("bucketlist | multipartlist --dry-run", async () => {
      assert.deepEqual(
        await lines(`echo ',00' | ${list} | campanile multipartlist ${sides} --dry-run`),
        [
          "00\tbe78ac18165af5cf456453eb3f37ec9a\t10240\tDATE\t\\N\t\\N\t\\N\t\\N\t\\N",
          "000/00\te5f8e641007332dda1c6cae118f7749c-3\t20971520\tDATE\tUPLOAD\t1\t3\t0\t8388607",
          "000/00\te5f8e641007332dda1c6cae118f7749c-3\t20971520\tDATE\tUPLOAD\t2\t3\t8388608\t16777215",
          "000/00\te5f8e641007332dda1c6cae118f7749c-3\t20971520\tDATE\tUPLOAD\t3\t3\t16777216\t20971519",
        ],
      );
    });

    test("bucketlist | multipartlist | objectcopy | multipartcomplete", async () => {
      const etag = "e5f8e641007332dda1c6cae118f7749c-3";
      assert.deepEqual((await lines(`echo ',00' | ${list} | ${copy}`)).sort(), [
        "00\tbe78ac18165af5cf456453eb3f37ec9a\t\\N\tbe78ac18165af5cf456453eb3f37ec9a\t\\N\t\\N\t\\N",
        `000/00\t${etag}\tUPLOAD\t96995b58d4cbf6aaa9041b4f00c7f6ae\t1\t0\t8388607`,
        `000/00\t${etag}\tUPLOAD\t96995b58d4cbf6aaa9041b4f00c7f6ae\t2\t8388608\t16777215`,
        `000/00\t${etag}\tUPLOAD\ta0448946c0d68b0268940e5f519cba18\t3\t16777216\t20971519`,
      ]);
    });

    test("the copies have the ETags of their sources", async () => {
      const of = list.replace("$SRC", "$DST").replace("jeff", "jassy");
      assert.deepEqual(await lines(`echo ',00' | ${of}`), await lines(`echo ',00' | ${list}`));
    });

    test("the whole part file, and a second time with nothing to do", async () => {
      const of = list.replace("$SRC", "$DST").replace("jeff", "jassy");
      const difference = `campanile diff --sort <(printf %s "$PART" | ${list}) <(printf %s "$PART" | ${of})`;
      const first = await shell.run(`(${difference} || test $? = 6) | ${copy}`, { env });
      assert.equal(first.status, 0, first.stderr);
      const again = await shell.run(difference, { env });
      assert.deepEqual({ stdout: again.stdout, status: again.status }, { stdout: "", status: 0 });

      const found = await lines(`echo , | ${of}`);
      const expected = [...(await expectedObjects())].map(
        ([key, { etag, size }]) => `${key}\t${etag}\t${size}\tDATE`,
      );
      assert.equal(expected.length, 257);
      assert.deepEqual(
        found.map((line) => line.replace("UPLOAD", "20971520")),
        expected,
      );
    });

    test("no upload is left behind", async () => {
      assert.deepEqual((await listMultipartUploads(target)).uploads, []);
    });
  });
}
