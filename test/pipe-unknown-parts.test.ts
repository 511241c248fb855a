/** The pipe from a server that does not tell how an object was cut: the AWS CLI's rule is tried, and the ETag decides. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type PipeOptions, runPipe } from "./support/pipe.ts";
import { bytesOf, openRig, type Rig } from "./support/rig.ts";
import { interfered, withoutPartNumbers } from "./support/wrap-client.ts";
import { writeObject } from "./support/write-object.ts";

const mib = 2 ** 20;
const body = Buffer.concat([1, 2, 3, 4, 5].map((n) => Buffer.alloc(4 * mib, `bytes ${n}`)));

describe("the pipe from a server without part numbers", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
    await writeObject(rig.source, { key: "as-the-cli", body, parts: [8 * mib, 8 * mib, 4 * mib] });
    await writeObject(rig.source, { key: "of-7-mib", body, parts: [7 * mib, 7 * mib, 6 * mib] });
    await writeObject(rig.source, { key: "of-10-mib", body, parts: [10 * mib, 10 * mib] });
    await writeObject(rig.source, { key: "of-one-part", body, parts: [20 * mib] });
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.server.faults.clear();
    const bucket = rig.server.store.bucket(rig.target.name);
    bucket.encryption = { algorithm: "AES256", keyId: undefined, bucketKey: false };
    for (const key of rig.server.store.keys(rig.target.name)) bucket.versions.delete(key);
  });

  /** Gives what came of each key, as in `failed UnknownParts`, and `same` where the ETag is the source's. */
  async function copied(options: PipeOptions = {}, source = rig.source) {
    const { results, counters } = await runPipe(withoutPartNumbers(source), rig.target, options);
    const outcomes = results.map(({ key, attributes }) => {
      const { outcome = "copied", code = "" } = attributes ?? {};
      const { source: from, target: to } = rig.at(key);
      if (to !== undefined) assert.ok(bytesOf(to).equals(body), `${key} has other bytes`);
      const isSame = to?.etag === from?.etag ? "same" : "";
      return [key, [outcome, code, isSame].filter(Boolean).join(" ")];
    });
    assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
    return { counters, outcomes: Object.fromEntries(outcomes) as Record<string, string> };
  }

  test("keeps the ETags that the rule proves, and says which others differ", async () => {
    const { outcomes, counters } = await copied();
    assert.deepEqual(outcomes, {
      "as-the-cli": "copied same",
      "of-7-mib": "copied ETagDiffers",
      "of-10-mib": "copied ETagDiffers",
      "of-one-part": "copied same",
    });
    assert.equal(counters.get("multipartlist", "GuessedParts"), 2);
    assert.equal(counters.get("multipartlist", "OtherETag"), 1);
  });

  for (const [onUnknownParts, outcome] of [
    ["skip", "skipped UnknownParts"],
    ["fail", "failed UnknownParts"],
  ] as const) {
    test(`by on-unknown-parts ${onUnknownParts} copies only what is proved`, async () => {
      const { outcomes } = await copied({ onUnknownParts });
      assert.deepEqual(outcomes, {
        "as-the-cli": "copied same",
        "of-7-mib": outcome,
        "of-10-mib": outcome,
        "of-one-part": "copied same",
      });
      assert.deepEqual(rig.server.store.keys(rig.target.name), ["as-the-cli", "of-one-part"]);
    });
  }

  test("does not take damaged bytes for other parts", async () => {
    rig.server.faults.add({ kind: "flipBody", operation: "GetObject", count: 4 });
    const { outcomes } = await copied({ concurrency: 1 });
    // The checksum of the whole, which S3 compares, does not depend on the parts.
    for (const outcome of Object.values(outcomes)) {
      assert.match(
        outcome,
        /^(?:copied same|copied ETagDiffers|failed BadDigest|failed ETagMismatch)$/,
      );
    }
    assert.ok(Object.values(outcomes).some((outcome) => outcome.startsWith("failed")));
  });

  test("to KMS says that the ETags differ, and proves the bytes otherwise", async () => {
    rig.server.store.bucket(rig.target.name).encryption = {
      algorithm: "aws:kms",
      keyId: "k",
      bucketKey: false,
    };
    const blind = interfered(rig.source, {
      request: (asked) => ({
        ...asked,
        headers: { ...asked.headers, "x-amz-checksum-mode": undefined },
      }),
    });
    for (const source of [rig.source, blind]) {
      const { outcomes } = await copied({}, source);
      assert.deepEqual(new Set(Object.values(outcomes)), new Set(["copied ETagDiffers"]));
    }
  });
});
