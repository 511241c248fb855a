import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { FakeClient } from "../../test/support/fake-client.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { openRig } from "../../test/support/rig.ts";
import { compareKeys } from "../key.ts";
import { deleteObject } from "./delete-objects.ts";
import { type ListedVersion, listObjectVersions, type VersionMarker } from "./list-versions.ts";
import { putObject } from "./put-object.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const time = "2026-11-24T17:32:03.000Z";
const head = "<EncodingType>url</EncodingType>";

function version(key: string, id: string, more = ""): string {
  return (
    `<Version><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>true</IsLatest>` +
    `<LastModified>${time}</LastModified><ETag>&quot;ab&quot;</ETag><Size>5</Size>${more}</Version>`
  );
}

function marker(key: string, id: string): string {
  return (
    `<DeleteMarker><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>false</IsLatest>` +
    `<LastModified>${time}</LastModified></DeleteMarker>`
  );
}

async function listed(xml: string, query = {}) {
  const s3 = new FakeClient([{ body: `<ListVersionsResult>${xml}</ListVersionsResult>` }]);
  return { ...(await listObjectVersions(s3.bucket(), query)), s3 };
}

describe("listObjectVersions", () => {
  test("gives versions and delete markers in the order in which they came", async () => {
    const { versions, next } = await listed(
      head +
        marker("a", "3") +
        version("a", "2") +
        marker("a", "1") +
        version("b%2Bc+d%0A", "null", "<StorageClass>GLACIER</StorageClass>"),
    );
    assert.deepEqual(
      versions.map(({ key, versionId, isDeleteMarker }) => [key, versionId, isDeleteMarker]),
      [
        ["a", "3", true],
        ["a", "2", false],
        ["a", "1", true],
        ["b+c d\n", "null", false],
      ],
    );
    assert.equal(next, undefined);
  });

  test("tells of a version what a listing tells of an object", async () => {
    const more =
      "<StorageClass>GLACIER</StorageClass><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>" +
      "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>";
    const { versions } = await listed(version("a", "1", more));
    assert.deepEqual(versions, [
      {
        key: "a",
        versionId: "1",
        isLatest: true,
        isDeleteMarker: false,
        etag: "ab",
        size: 5,
        lastModified: time,
        storageClass: "GLACIER",
        restore: "ongoing",
        checksum: { algorithm: "CRC32", type: undefined },
      },
    ]);
  });

  test("asks for what it is told, and gives where the next page begins", async () => {
    const { next, s3 } = await listed(
      `${head}<IsTruncated>true</IsTruncated><NextKeyMarker>p%2Fb</NextKeyMarker>` +
        "<NextVersionIdMarker>7</NextVersionIdMarker>",
      { prefix: "p/", keyMarker: "p/a", versionIdMarker: "9", maxKeys: 2, restoreStatus: true },
    );
    assert.deepEqual(next, { keyMarker: "p/b", versionIdMarker: "7" });
    assert.deepEqual(s3.asked, [
      "GET /?versions&encoding-type=url&prefix=p/&key-marker=p/a&version-id-marker=9&max-keys=2",
    ]);
    assert.equal(s3.sent["x-amz-optional-object-attributes"], "RestoreStatus");
  });

  for (const [name, marker] of [
    ["encoded", "a%252Fb"],
    ["as it is", "a%2Fb"],
  ] as const) {
    test(`goes on behind the last key where that is sent ${name}`, async () => {
      const { next } = await listed(
        `${head}${version("a%252Fb", "1")}<IsTruncated>true</IsTruncated>` +
          `<NextKeyMarker>${marker}</NextKeyMarker>`,
      );
      assert.deepEqual(next, { keyMarker: "a%2Fb", versionIdMarker: undefined });
    });
  }

  const more = "<IsTruncated>true</IsTruncated>";
  for (const { name, xml } of [
    { name: "a version without a key", xml: version("", "1") },
    { name: "a version without an id", xml: version("a", "") },
    { name: "a version without a size", xml: version("a", "1").replace("<Size>5</Size>", "") },
    { name: "a key that is not percent-encoded", xml: head + version("100%", "1") },
    { name: "more to come from nowhere", xml: more },
    {
      name: "more to come from where it began",
      xml: `${more}<NextKeyMarker>k</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>`,
    },
    { name: "tags that are no elements of it", xml: "<!-- <Version> -->" },
  ]) {
    test(`fails for ${name}`, async () => {
      const query = { keyMarker: "k", versionIdMarker: "v" };
      await assert.rejects(listed(xml, query), UnexpectedReplyError);
    });
  }

  test("lists every version of every odd key once, page by page", async () => {
    const random = seededRandom(8);
    const rig = await openRig({ pageSize: 5 });
    try {
      rig.server.store.bucket(rig.source.name).versioning = "Enabled";
      const written: string[] = [];
      const keys = [...new Set(Array.from({ length: 40 }, () => randomKey(random)))];
      for (const key of keys) {
        for (let i = Math.ceil(random() * 4); i > 0; i--) {
          if (random() < 0.3) await deleteObject(rig.source, { key });
          else await putObject(rig.source, key, { body: Buffer.from("x"), length: 1 });
          written.push(key);
        }
      }
      const found: ListedVersion[] = [];
      let next: VersionMarker | undefined;
      do {
        const page = await listObjectVersions(rig.source, { ...next });
        found.push(...page.versions);
        next = page.next;
      } while (next !== undefined);
      assert.deepEqual(
        found.map(({ key }) => key),
        written.toSorted(compareKeys),
      );
      assert.equal(new Set(found.map((one) => one.key + one.versionId)).size, written.length);
      assert.equal(found.filter(({ isLatest }) => isLatest).length, keys.length);
    } finally {
      await rig.close();
    }
  });
});
