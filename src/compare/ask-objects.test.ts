import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type FakeAnswer, FakeClient } from "../../test/support/fake-client.ts";
import { openRig } from "../../test/support/rig.ts";
import { writeObject } from "../../test/support/write-object.ts";
import type { Entry } from "../record/entry.ts";
import { headObject } from "../s3/head-object.ts";
import { askObjects } from "./ask-objects.ts";

const md5 = "0cc175b9c0f1b6a831c399e269772661";
const other = "92eb5ffee6ae2fec3ad71c777531578f";
const kms = { "x-amz-server-side-encryption": "aws:kms" };
const crc = (value: string, type?: string): Record<string, string> => ({
  "x-amz-checksum-crc32": value,
  ...(type === undefined ? {} : { "x-amz-checksum-type": type }),
});
const whole = "FULL_OBJECT";

function entryOf(etag: string, mtime: string): Entry {
  return { key: "a", etag, size: 5, mtime };
}

function clientOf(etag: string, headers: Record<string, string>): FakeClient {
  return new FakeClient([{ headers: { "content-length": "5", etag: `"${etag}"`, ...headers } }]);
}

describe("two objects of one size, asked for", () => {
  const cases: readonly {
    readonly name: string;
    readonly etags?: readonly [string, string];
    readonly heads: readonly [Record<string, string>, Record<string, string>];
    readonly isOlder?: true;
    readonly verdict: string;
  }[] = [
    { name: "by the MD5s that ETags are", heads: [{}, {}], verdict: "~etag" },
    {
      name: "by checksums, rather than by ETags",
      heads: [crc("AAAAAA=="), crc("AAAAAA==")],
      verdict: "=checksum",
    },
    {
      name: "by checksums that differ",
      heads: [{ ...kms, ...crc("AAAAAA==", whole) }, crc("BBBBBB==")],
      verdict: "~checksum",
    },
    {
      name: "by checksums of the whole, of objects in other parts",
      etags: [`${md5}-2`, `${md5}-3`],
      heads: [crc("AAAAAA==", whole), crc("AAAAAA==", whole)],
      verdict: "=checksum",
    },
    {
      name: "by the same checksum of the same parts",
      etags: [`${md5}-2`, `${other}-2`],
      heads: [crc("AAAAAA==-2", "COMPOSITE"), crc("AAAAAA==-2", "COMPOSITE")],
      verdict: "=checksum",
    },
    {
      name: "not by other checksums of parts",
      etags: [`${md5}-2`, `${other}-3`],
      heads: [crc("AAAAAA==-2", "COMPOSITE"), crc("BBBBBB==-3", "COMPOSITE")],
      verdict: "=mtime",
    },
    {
      name: "not by other checksums of what may be parts",
      etags: [`${md5}-1`, other],
      heads: [crc("AAAAAA=="), crc("BBBBBB==")],
      verdict: "=mtime",
    },
    {
      name: "not by checksums of other algorithms",
      etags: [`${md5}-2`, other],
      heads: [crc("AAAAAA==", whole), { "x-amz-checksum-sha1": "AAAA" }],
      verdict: "=mtime",
    },
    {
      name: "not by ETags of which one is no MD5",
      heads: [{}, kms],
      verdict: "=mtime",
    },
    {
      name: "by times, of which the target's is the older",
      heads: [kms, {}],
      isOlder: true,
      verdict: "~mtime",
    },
    {
      name: "by the same ETag, also under KMS",
      etags: [md5, md5],
      heads: [kms, kms],
      isOlder: true,
      verdict: "=etag",
    },
  ];
  for (const { name, etags: [etag, otherEtag] = [md5, other], heads, isOlder, verdict } of cases) {
    test(`are compared ${name}: ${verdict}`, async () => {
      const source = clientOf(etag, heads[0]);
      const target = clientOf(otherEtag, heads[1]);
      const { same, by } = await askObjects(
        entryOf(etag, "2026-01-01 00:00:00"),
        entryOf(otherEtag, isOlder ? "2025-12-31 00:00:00" : "2026-01-01 00:00:00"),
        { source: source.bucket(), target: target.bucket() },
      );
      assert.equal(`${same ? "=" : "~"}${by}`, verdict);
      assert.deepEqual([...source.asked, ...target.asked], ["HEAD /a", "HEAD /a"]);
      assert.equal(source.sent["if-match"], `"${etag}"`);
      assert.equal(target.sent["x-amz-checksum-mode"], "ENABLED");
    });
  }

  test("are no verdict when one has changed since it was listed", async () => {
    const answer: FakeAnswer = { headers: { "content-length": "5", etag: `"${other}"` } };
    const bucket = new FakeClient([answer, answer]).bucket();
    const [source, target] = [entryOf(md5, ""), entryOf(other, "")];
    await assert.rejects(askObjects(source, target, { source: bucket, target: bucket }), {
      name: "S3Error",
      code: "PreconditionFailed",
    });
  });

  test("are told apart, and together, whatever their parts", async () => {
    const rig = await openRig();
    try {
      const body = Buffer.from("0123456789");
      const changed = Buffer.from("0123456780");
      await writeObject(rig.source, { key: "a", body, parts: [5, 5] });
      const targets = [
        { spec: { body }, verdict: { same: true, by: "checksum" } },
        { spec: { body, parts: [3, 7] }, verdict: { same: true, by: "checksum" } },
        { spec: { body: changed, parts: [5, 5] }, verdict: { same: false, by: "checksum" } },
      ];
      const entry = async (side: "source" | "target"): Promise<Entry> => {
        const { etag, size } = await headObject(rig[side], "a");
        return { key: "a", etag, size, mtime: "" };
      };
      for (const { spec, verdict } of targets) {
        await writeObject(rig.target, { key: "a", ...spec });
        const found = await askObjects(await entry("source"), await entry("target"), rig);
        assert.deepEqual(found, verdict);
      }
    } finally {
      await rig.close();
    }
  });
});
