import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { sampleTree, writeTree } from "../../support/file-tree.ts";
import { needsPeers, openPeerHome, succeeded } from "../../support/peers.ts";
import type { PeerHome, PeerName } from "../../support/peers.ts";
import { accounts, region } from "../../support/servers/running.ts";
import { openShell, type Shell } from "../../support/shell.ts";

/** Copies what others have uploaded, in parts of their sizes, and asks them for differences. */
describe("the pipe", needsPeers("aws", "rclone", "s5cmd"), () => {
  const source = "source-bucket";
  const target = "target-bucket";
  const tree = sampleTree();
  let home: PeerHome;
  let shell: Shell;

  before(async () => {
    home = await openPeerHome();
    shell = await openShell({ url: home.server.url, ...accounts });
    await writeTree(join(home.directory, "tree"), tree);
    await did("rclone", `mkdir source:${source}`);
    await did("rclone", `mkdir target:${target}`);
    await did("aws", `s3 cp --recursive --no-progress tree s3://${source}/aws`);
    await did(
      "rclone",
      `copy tree source:${source}/rclone --s3-upload-cutoff 16M --s3-chunk-size 6M`,
    );
    await did("s5cmd", `cp --part-size 7 tree/ s3://${source}/s5cmd/`);
  });
  after(async () => {
    await shell.close();
    await home.close();
  });

  const run = (peer: PeerName, args: string) => home.run(peer, args.split(" "));
  const did = async (peer: PeerName, args: string) => succeeded(await run(peer, args));

  test("copies what three uploaders wrote", async () => {
    const sides =
      `--src-bucket ${source} --src-endpoint $ENDPOINT --src-profile jeff ` +
      `--dst-bucket ${target} --dst-endpoint $ENDPOINT --dst-profile jassy`;
    const ran = await shell.run(
      `echo , | campanile bucketlist --bucket ${source} --endpoint $ENDPOINT --profile jeff | ` +
        `campanile multipartlist ${sides} | campanile objectcopy ${sides} | ` +
        `campanile multipartcomplete --bucket ${target} --endpoint $ENDPOINT --profile jassy`,
      { env: { AWS_REGION: region } },
    );
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(home.server.store.keys(target).length, 3 * tree.size);
    const parts = ["aws", "rclone", "s5cmd"].map(
      (peer) => home.server.store.object(target, `${peer}/large.bin`)?.parts?.length,
    );
    assert.deepEqual(parts, [3, 4, 3]);
  });

  test("leaves no difference that rclone finds, by hashes or by bytes", async () => {
    await did("rclone", `check source:${source} target:${target}`);
    await did("rclone", `check --download source:${source} target:${target}`);
  });

  test("keeps times, types and hashes as rclone reads them", async () => {
    const list = "lsf -R --files-only --format psthm";
    const expected = await did("rclone", `${list} source:${source}/rclone`);
    assert.equal(expected.trimEnd().split("\n").length, tree.size);
    assert.equal(await did("rclone", `${list} target:${target}/rclone`), expected);
  });

  test("leaves nothing for rclone to sync", async () => {
    home.takeRequests();
    await did("rclone", `sync --checksum source:${source} target:${target}`);
    const { HeadObject: _heads, ListObjectsV2: _lists, ...others } = home.takeRequests();
    assert.deepEqual(others, {});
  });

  test("gives s5cmd the same ETags to list", async () => {
    const etags = async (bucket: string, as: "source" | "target") => {
      const ran = await home.run("s5cmd", ["--json", "ls", `s3://${bucket}/*`], { as });
      return succeeded(ran)
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { key: string; etag: string })
        .map(({ key, etag }) => [key.slice(`s3://${bucket}`.length), etag]);
    };
    const expected = await etags(source, "source");
    assert.equal(expected.length, 3 * tree.size);
    assert.deepEqual(await etags(target, "target"), expected);
  });
});
