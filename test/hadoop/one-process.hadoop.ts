import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { promisify } from "node:util";

import { resultCodec } from "../../src/record/result.ts";
import { bytesOf, carriedOf, openRig, type Rig } from "../support/rig.ts";
import { inCheckout } from "../support/servers/checkout.ts";
import { accounts } from "../support/servers/running.ts";
import { openShell, type Ran, type Shell } from "../support/shell.ts";
import { writeObject } from "../support/write-object.ts";
import { assertEnded } from "./support/hadoop-rig.ts";

const plain = ["a\tb", "a\nb", "\\N", "\ufeffmark", "z"];
const large = ["large/1", "large\r2"];

/** Hadoop without a cluster runs jobs in its client: its code is the same, and it takes seconds. */
describe("jobs in one process of Hadoop's", () => {
  let rig: Rig;
  let shell: Shell;
  const options = `--code campanile.mjs --node ${process.execPath}`;

  before(async () => {
    rig = await openRig();
    shell = await openShell({ url: rig.server.url, ...accounts });
    await promisify(execFile)(process.execPath, [
      inCheckout("scripts/build.ts"),
      join(shell.home, "code"),
      "--bundle",
    ]);
    await copyFile(inCheckout("hive/diff.q"), join(shell.home, "code/diff.q"));
    await writeFile(join(shell.home, "part.two"), "range\t\\N\tb\nrange\tb\t\\N\n");
    await writeFile(join(shell.home, "part.all"), "/,a\n,\\\n,z\n,large\n,\ufeff\n");
    for (const key of plain) await writeObject(rig.source, { key, body: randomBytes(100) });
    for (const key of large) {
      await writeObject(rig.source, { key, body: randomBytes(900), parts: [400, 400, 100] });
    }
  });
  beforeEach(() => {
    const bucket = rig.server.store.bucket(rig.target.name);
    for (const key of rig.server.store.keys(rig.target.name)) bucket.versions.delete(key);
  });
  after(async () => {
    await shell?.close();
    await rig?.close();
  });

  test("copy ranges as a whole, and large objects part by part, and delete", async () => {
    const fused = `--engine hadoop ${options.replace("campanile.mjs", "code/campanile.mjs")} --fused --hand-over 500 --input part.two --reducers 1`;
    const sync = `campanile sync s3://${rig.source.name} s3://${rig.target.name} --src-profile jeff --dst-profile jassy ${fused}`;
    assertEnded(await run(`${sync} --run $HOME/fused`));
    const ranges = await results("fused/*.copied");
    assert.deepEqual(ranges.filter((line) => line.split("\t").length < 7).length, large.length);
    assert.equal(ranges.length, plain.length + large.length);
    const parts = (await results("fused/results")).map((line) => resultCodec.decode(line));
    assert.deepEqual(
      parts.map(({ key }) => key).sort(),
      large.flatMap((key) => [key, key, key]).sort(),
    );
    assertCopied();

    // They are more than half of their range.
    const extra = Array.from({ length: 10 }, (_, i) => `extra/${i}`);
    for (const key of extra) await writeObject(rig.target, { key, body: randomBytes(10) });
    const left = await run(`${sync} --delete --max-delete 10% --run $HOME/left`);
    assert.equal(left.status, 3, left.stderr);
    assert.match(left.stderr, /10 records were not done/);
    assertEnded(await run(`${sync} --delete --max-delete 90% --run $HOME/deleted`));
    const deleted = await results("deleted/*.copied");
    assert.deepEqual(deleted.map((line) => line.split("\t", 1)[0]!).sort(), extra);
    assertCopied();

    assertEnded(await run(`${sync} --run $HOME/again`));
    assert.deepEqual(await results("again/*.copied"), []);
  });

  test("go on where they failed, with Node sent along", async () => {
    rig.server.faults.add({ kind: "error", code: "AccessDenied", operation: "PutObject" });
    const options = `--engine hadoop --code code/campanile.mjs --ship-node ${process.execPath} --max-failures 1 --input part.two --reducers 1`;
    const copy = `campanile copy s3://${rig.source.name} s3://${rig.target.name} --src-profile jeff --dst-profile jassy ${options} --run $HOME/resumed`;
    const failed = await run(copy);
    assert.equal(failed.status, 1, failed.stderr);
    rig.server.faults.clear();
    rig.server.requests.clear();
    const resumed = await run(`${copy} --resume`);
    assertEnded(resumed);
    assert.match(resumed.stderr, /list\.\S+: is done already\n.*mlist\.\S+: is done already/);
    assert.equal(rig.server.requests.count("ListObjectsV2"), 0);
    assert.equal((await results("resumed/results")).length, plain.length + 3 * large.length);
    assertCopied();
  });

  test("do the steps of rsync, one after the other, with Hive", async () => {
    await mkdir(join(shell.home, "rsync"));
    const rsync = `campanile rsync --input file://$HOME/part.all --code file://$HOME/code --output file://$HOME/out --src-bucket ${rig.source.name} --dst-bucket ${rig.target.name} --node ${process.execPath} --src-profile jeff --dst-profile jassy --diff`;
    await copyFile(join(shell.home, ".boto"), join(shell.home, "code/.boto"));
    const ran = await run(`cd rsync; ${rsync} --uuid ${shell.home.slice(1)}/run`);
    assertEnded(ran);
    assert.match(ran.stdout, /^RunDir: hdfs:\/\/\/.*\/run\nOutput:file:\/\/.*\/out\/part\.all\./);
    assertCopied();
  });

  function run(line: string): Promise<Ran> {
    const env = {
      HADOOP_HOME: inCheckout("scripts/hadoop"),
      AWS_ENDPOINT_URL_S3: rig.server.url,
      HADOOP_CONF_DIR: undefined,
    };
    return shell.run(line, { env });
  }

  async function results(directory: string): Promise<string[]> {
    const ran = await shell.run(
      `cd ${directory}; for f in part-*; do case $f in *.gz) zcat "$f";; *) cat "$f";; esac; done`,
    );
    assertEnded(ran);
    return ran.stdout.split("\n").slice(0, -1);
  }

  function assertCopied(): void {
    for (const key of [...plain, ...large]) {
      const { source, target } = rig.at(key);
      assert.ok(source && target, `${JSON.stringify(key)} is not there`);
      assert.deepEqual(carriedOf(target), carriedOf(source));
      assert.ok(bytesOf(target).equals(bytesOf(source)));
      assert.equal(target.etag, source.etag);
    }
    assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
  }
});
