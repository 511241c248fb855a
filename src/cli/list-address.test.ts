import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listAddress } from "./list-address.ts";

describe("where a listing comes from", () => {
  const cases = [
    { text: "s3://photos", address: { kind: "bucket", bucket: "photos", prefix: "" } },
    { text: "s3://photos/a b", address: { kind: "bucket", bucket: "photos", prefix: "a b/" } },
    { text: "s3://photos/a/", address: { kind: "bucket", bucket: "photos", prefix: "a/" } },
    { text: "photos.tsv", address: { kind: "lists", path: "photos.tsv" } },
    { text: "-", address: { kind: "lists", path: "-" } },
    {
      text: "inventory:reports/daily",
      address: { kind: "inventory", bucket: undefined, path: "reports/daily" },
    },
    {
      text: "inventory:s3://reports/daily/manifest.json",
      address: { kind: "inventory", bucket: "reports", path: "daily/manifest.json" },
    },
  ];
  for (const { text, address } of cases) {
    test(`is read from ${text}`, () => assert.deepEqual(listAddress(text), address));
  }

  for (const text of [
    "s3:photos",
    "s3://",
    "inventory:",
    "inventory:s3://reports",
    "inventory:s3://reports/daily/",
  ]) {
    test(`is refused as ${text}`, () => {
      assert.throws(() => listAddress(text), { name: "UserError", reason: "usage" });
    });
  }
});
