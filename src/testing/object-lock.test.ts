import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { copyObject } from "../s3/copy-object.ts";
import { deleteObject } from "../s3/delete-objects.ts";
import { headObject } from "../s3/head-object.ts";
import { putObject } from "../s3/put-object.ts";

const body = Buffer.from("hello");
const contentMd5 = "5d41402abc4b2a76b9719d911017c592";
const until = new Date(Date.now() + 3_600_000).toISOString();
const retained = {
  "x-amz-object-lock-mode": "COMPLIANCE",
  "x-amz-object-lock-retain-until-date": until,
};
const held = { "x-amz-object-lock-legal-hold": "ON" };

describe("object lock", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
    const bucket = rig.server.store.bucket(rig.source.name);
    bucket.hasObjectLock = true;
    bucket.versioning = "Enabled";
  });
  after(() => rig.close());

  const put = (headers: Readonly<Record<string, string>>, bucket = rig.source) =>
    putObject(bucket, "k", { body, length: body.length, contentMd5, headers });

  for (const headers of [retained, held, { ...retained, ...held }]) {
    test(`tells of a lock and keeps the version: ${Object.keys(headers).join(", ")}`, async () => {
      const { versionId } = await put(headers);
      const head = await headObject(rig.source, "k");
      for (const [name, value] of Object.entries(headers)) assert.equal(head.headers[name], value);
      await assert.rejects(deleteObject(rig.source, { key: "k", versionId }), {
        code: "AccessDenied",
      });
      await deleteObject(rig.source, { key: "k" });
    });
  }

  test("is not carried over by a copy", async () => {
    await put(held);
    await copyObject(rig.source, "copy", { source: { bucket: rig.source.name, key: "k" } });
    const head = await headObject(rig.source, "copy");
    assert.equal(head.headers["x-amz-object-lock-legal-hold"], undefined);
  });

  const bad = [
    [{ "x-amz-object-lock-mode": "COMPLIANCE" }, "InvalidArgument"],
    [{ ...retained, "x-amz-object-lock-mode": "FOREVER" }, "InvalidArgument"],
    [
      { ...retained, "x-amz-object-lock-retain-until-date": "2020-01-01T00:00:00Z" },
      "InvalidArgument",
    ],
    [{ "x-amz-object-lock-legal-hold": "MAYBE" }, "InvalidArgument"],
  ] as const;
  for (const [headers, code] of bad) {
    test(`refuses ${JSON.stringify(headers)}`, async () => {
      await assert.rejects(put(headers), { code });
    });
  }

  test("is refused by a bucket that was not made for it, and of a body without its MD5", async () => {
    await assert.rejects(put(held, rig.target), { code: "InvalidRequest" });
    const unproved = putObject(rig.source, "k", { body, length: body.length, headers: held });
    await assert.rejects(unproved, { code: "InvalidRequest" });
  });
});
