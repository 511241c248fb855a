import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { S3Bucket } from "../s3/client.ts";
import { objectHeadOf } from "../s3/object-head.ts";
import type { CopyOptions } from "./copy-options.ts";
import { copyRules, headersByHead, newObjectHeaders, targetCondition } from "./copy-rules.ts";

const lock = {
  "x-amz-object-lock-mode": "COMPLIANCE",
  "x-amz-object-lock-retain-until-date": "2027-01-01T00:00:00Z",
  "x-amz-object-lock-legal-hold": "ON",
};
const head = objectHeadOf({
  status: 200,
  headers: {
    ...lock,
    "content-length": "1",
    "content-type": "text/css",
    "x-amz-meta-a": "1",
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-website-redirect-location": "/there",
  },
});

describe("copyRules", () => {
  test("keep retention and legal hold only where they are asked to", () => {
    const kept = newObjectHeaders(copyRules({ objectLock: "keep" }, {}), head);
    const not = newObjectHeaders(copyRules({}, {}), head);
    for (const [name, value] of Object.entries(lock)) {
      assert.equal(kept[name], value);
      assert.equal(not[name], undefined);
    }
  });

  test("leave out a retention that is over, which S3 would refuse", () => {
    const rules = copyRules({ objectLock: "keep" }, {});
    const over = { ...head, headers: { ...head.headers, date: "Fri, 01 Jan 2027 00:00:00 GMT" } };
    const headers = newObjectHeaders(rules, over);
    assert.equal(headers["x-amz-object-lock-mode"], undefined);
    assert.equal(headers["x-amz-object-lock-retain-until-date"], undefined);
    assert.equal(headers["x-amz-object-lock-legal-hold"], "ON");
    const before = { ...head, headers: { ...head.headers, date: "Thu, 31 Dec 2026 23:59:59 GMT" } };
    assert.equal(newObjectHeaders(rules, before)["x-amz-object-lock-mode"], "COMPLIANCE");
  });

  test("send to S3's own copy by a HEAD what it leaves behind, and no metadata", () => {
    const rules = copyRules({ objectLock: "keep", websiteRedirect: "keep", acl: "private" }, {});
    assert.deepEqual(headersByHead(rules, head), {
      ...lock,
      "x-amz-acl": "private",
      "x-amz-storage-class": "STANDARD_IA",
      "x-amz-website-redirect-location": "/there",
    });
  });

  const asking: readonly (readonly [CopyOptions, boolean])[] = [
    [{}, false],
    [{ storageClass: "GLACIER", sse: "aws:kms", acl: "private", noOverwrite: true }, false],
    [{ metadataDirective: "replace", metadata: { a: "1" }, cacheControl: "x" }, false],
    [{ websiteRedirect: "/x" }, false],
    [{ metadata: { a: "1" } }, true],
    [{ contentType: "text/css" }, true],
    [{ websiteRedirect: "keep" }, true],
    [{ objectLock: "keep" }, true],
  ];
  for (const [options, needsHead] of asking) {
    test(`${needsHead ? "ask" : "do not ask"} for the head for ${JSON.stringify(options)}`, () => {
      assert.equal(copyRules(options, {}).needsHead, needsHead);
    });
  }

  test("make the headers of a class once", () => {
    const { serverHeaders } = copyRules({ acl: "private" }, {});
    assert.deepEqual(serverHeaders("GLACIER_IR"), {
      "x-amz-storage-class": "GLACIER_IR",
      "x-amz-acl": "private",
    });
    assert.equal(serverHeaders("GLACIER_IR"), serverHeaders("GLACIER_IR"));
    assert.deepEqual(serverHeaders(undefined), { "x-amz-acl": "private" });
  });

  test("tell who reads the source by S3 what its bucket asks for", () => {
    const headers = { "x-amz-request-payer": "requester", "x-amz-expected-bucket-owner": "1" };
    const { copySourceHeaders } = copyRules(
      {},
      { source: { name: "b", headers } as unknown as S3Bucket },
    );
    assert.deepEqual(copySourceHeaders, {
      "x-amz-request-payer": "requester",
      "x-amz-source-expected-bucket-owner": "1",
    });
  });

  const conditions = [
    [{}, {}, undefined],
    [{ noOverwrite: true }, { replaces: "e" }, { ifNoneMatch: "*" }],
    [{ ifUnchanged: true }, { replaces: "e" }, { ifMatch: "e" }],
    [{ ifUnchanged: true }, {}, { ifNoneMatch: "*" }],
  ] as const;
  for (const [options, attributes, condition] of conditions) {
    test(`let ${JSON.stringify(options)} of ${JSON.stringify(attributes)} be written on ${JSON.stringify(condition)}`, () => {
      assert.deepEqual(targetCondition(copyRules(options, {}), { attributes }), condition);
    });
  }
});
