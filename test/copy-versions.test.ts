/** `copy --versions` and `--as-of` as a user types them, between buckets that keep versions. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { deleteObject } from "../src/s3/delete-objects.ts";
import { openRig, type Rig } from "./support/rig.ts";
import { accounts } from "./support/servers/running.ts";
import { openShell, type Shell } from "./support/shell.ts";
import { writeObject } from "./support/write-object.ts";

const sides =
  "--src-endpoint $ENDPOINT --dst-endpoint $ENDPOINT --src-profile jeff --dst-profile jassy";
const names = "s3://source-bucket s3://target-bucket";

describe("a copy of versions", () => {
  let rig: Rig;
  let shell: Shell;
  before(async () => {
    rig = await openRig();
    for (const { name } of [rig.source, rig.target]) {
      rig.server.store.bucket(name).versioning = "Enabled";
    }
    shell = await openShell({ url: rig.server.url, ...accounts });
    await writeObject(rig.source, { key: "a", body: Buffer.from("1") });
    await writeObject(rig.source, { key: "a", body: Buffer.alloc(3), parts: [1, 2] });
    await writeObject(rig.source, { key: "b", body: Buffer.from("22") });
    await deleteObject(rig.source, { key: "b" });
  });
  after(async () => {
    await rig.close();
    await shell.close();
  });

  const run = (options: string) => shell.run(`campanile copy ${names} ${sides} ${options}`);

  test("tells of each version once, by its numbers", async () => {
    const ran = await run("--versions");
    assert.deepEqual(ran, {
      stdout: "",
      stderr: "campanile copy: 4 objects listed: 4 copied (6 B)\n",
      status: 0,
    });
  });

  test("tells of those that are there already as the same", async () => {
    const { stdout, stderr } = await run("--versions --results");
    assert.equal(stderr, "campanile copy: 4 objects listed: 4 the same, 0 copied\n");
    assert.equal(stdout.match(/^[ab]\t.*code=AlreadyThere/gm)?.length, 4);
  });

  test("says that no version is as old as the moment asked for", async () => {
    const { stderr, status } = await run("--as-of 2015-01-01");
    assert.equal(
      stderr,
      `campanile copy: 0 objects listed: 0 copied
campanile: warning: there was no object in "s3://source-bucket/" at 2015-01-01 00:00:00 UTC, as far as its versions tell
`,
    );
    assert.equal(status, 0);
  });

  test("writes a line for an object of parts that was not copied", async () => {
    const { stdout, status } = await run("--as-of 0d --no-overwrite");
    assert.match(stdout, /^a\t\S+-2\t.*size=3&outcome=skipped&code=exists\n$/);
    assert.equal(status, 3);
  });
});
