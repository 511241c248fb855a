import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { objectHeadOf } from "../s3/object-head.ts";
import { hasArchivedHead, isArchived } from "./archived.ts";

const expiry = "2026-12-01 00:00:00";
const restored = 'ongoing-request="false", expiry-date="Tue, 01 Dec 2026 00:00:00 GMT"';
const ongoing = 'ongoing-request="true"';

const cases = [
  { class: undefined, archived: false },
  { class: "STANDARD_IA", archived: false },
  { class: "GLACIER_IR", archived: false },
  { class: "A_CLASS_TO_COME", archived: false },
  { class: "GLACIER", archived: true },
  { class: "DEEP_ARCHIVE", archived: true },
  { class: "GLACIER", restore: "ongoing", head: ongoing, archived: true },
  { class: "GLACIER", restore: expiry, head: restored, archived: false },
  { class: "DEEP_ARCHIVE", restore: expiry, head: restored, archived: false },
] as const;

for (const { archived, ...one } of cases) {
  const { restore, head } = { restore: undefined, head: undefined, ...one };
  describe(`an object in ${one.class ?? "no class"}, ${restore ?? "not restored"}`, () => {
    const says = archived ? "cannot be read" : "can be read";
    test(`${says} by its listing`, () => {
      const entry = { key: "k", etag: "e", size: 1, mtime: expiry };
      assert.equal(isArchived({ ...entry, attributes: { class: one.class, restore } }), archived);
    });

    test(`${says} by its head`, () => {
      const headers = {
        "content-length": "1",
        "x-amz-storage-class": one.class,
        "x-amz-restore": head,
      };
      assert.equal(hasArchivedHead(objectHeadOf({ status: 200, headers })), archived);
    });
  });
}

test("an object in an archive tier cannot be read, as only its head tells", () => {
  const headers = {
    "content-length": "1",
    "x-amz-storage-class": "INTELLIGENT_TIERING",
    "x-amz-archive-status": "DEEP_ARCHIVE_ACCESS",
  };
  assert.equal(hasArchivedHead(objectHeadOf({ status: 200, headers })), true);
});
