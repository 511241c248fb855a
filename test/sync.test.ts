/** `copy` and `sync` as a user types them, in one thread and in several. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { ServerOptions } from "../src/testing/server.ts";
import { seededRandom } from "./support/random.ts";
import { randomObjects } from "./support/random-objects.ts";
import { bytesOf, openRig, type Rig } from "./support/rig.ts";
import { accounts } from "./support/servers/running.ts";
import { openShell, type Shell } from "./support/shell.ts";
import { writeObject } from "./support/write-object.ts";

const sides =
  "--src-endpoint $ENDPOINT --dst-endpoint $ENDPOINT --src-profile jeff --dst-profile jassy";
const names = "s3://source-bucket s3://target-bucket";

/** Runs with an S3 that gives few keys a page, so that few are enough for several threads. */
async function withShell(
  work: (shell: Shell, rig: Rig) => Promise<void>,
  options: Partial<ServerOptions> = {},
): Promise<void> {
  const rig = await openRig({ pageSize: 5, ...options });
  const shell = await openShell({ url: rig.server.url, ...accounts });
  try {
    await work(shell, rig);
  } finally {
    await rig.close();
    await shell.close();
  }
}

/** 80 objects at the source, of which the target has 40, and 40 that only it has. */
async function fill(rig: Rig): Promise<void> {
  const all = randomObjects(seededRandom(1), { count: 120, aroundBytes: 300, maxParts: 3 });
  for (const object of all.slice(0, 80)) await writeObject(rig.source, object);
  for (const object of all.slice(40)) await writeObject(rig.target, object);
}

describe("a copy that meets errors", () => {
  test("tells what was done before it ended as a whole", async () => {
    await withShell(async (shell, rig) => {
      for (const key of ["a", "b", "c", "d"]) {
        await writeObject(rig.source, { key, body: Buffer.from(key) });
      }
      const operation = "PutObject";
      rig.server.faults.add({ kind: "error", code: "ExpiredToken", operation, after: 2 });
      const line = `campanile copy ${names} ${sides} --workers 1 --concurrency 1 --via stream`;
      const { stderr, status } = await shell.run(line);
      assert.equal(
        stderr,
        `campanile copy: it ended before all was done; 4 objects listed: 2 copied (2 B), 1 failed
campanile: cannot copy objects from "s3://source-bucket" to "s3://target-bucket": the session has ended
  begin a new one, as with: aws sso login
`,
      );
      assert.equal(status, 4);
    });
  });

  test("names the bucket of which a part cannot be listed", async () => {
    await withShell(async (shell, rig) => {
      await fill(rig);
      const bucket = "source-bucket";
      const operation = "ListObjectsV2";
      rig.server.faults.add({ kind: "error", code: "InvalidRequest", bucket, operation, after: 4 });
      const { stderr, status } = await shell.run(`campanile copy ${names} ${sides} --workers 1`);
      assert.match(stderr, /cannot list a part in "s3:\/\/source-bucket": /);
      assert.equal(status, 3);
    });
  });
});

describe("sync", () => {
  test("comes to the same with one thread and with several", async () => {
    const outputs: string[][] = [];
    for (const workers of [1, 3]) {
      await withShell(async (shell, rig) => {
        await fill(rig);
        const how = `--delete --results --quiet --workers ${workers}`;
        const ran = await shell.run(`campanile sync ${names} ${sides} ${how}`);
        assert.deepEqual({ ...ran, stdout: "" }, { stdout: "", stderr: "", status: 0 });
        outputs.push(ran.stdout.split("\n").toSorted());
        const keys = rig.server.store.keys("source-bucket");
        assert.deepEqual(rig.server.store.keys("target-bucket"), keys);
        for (const key of keys) {
          const { source, target } = rig.at(key);
          assert.ok(bytesOf(source!).equals(bytesOf(target!)), key);
        }
      });
    }
    assert.equal(outputs[0]!.length, 1 + 40 + 40);
    assert.deepEqual(outputs[1], outputs[0]);
  });

  test("ended by Ctrl-C leaves no upload, in no thread", async () => {
    await withShell(async (shell, rig) => {
      await fill(rig);
      rig.server.faults.add({ kind: "delay", operation: "UploadPart", delayMs: 100 });
      const begun = Promise.withResolvers<void>();
      let uploads = 0;
      rig.server.requests.listen(({ operation }) => {
        if (operation === "UploadPart" && ++uploads === 6) begun.resolve();
      });
      const running = shell.start(`campanile copy ${names} ${sides} --workers 3`);
      await begun.promise;
      running.kill("SIGINT");
      const { stderr, status } = await running.ended;
      assert.match(stderr, /^campanile: interrupted$/m);
      assert.equal(status, 130);
      assert.deepEqual(rig.server.store.uploads("target-bucket"), []);
    });
  });
});
