import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";

import { FakeClient } from "../../test/support/fake-client.ts";
import { getObjectTagging, putObjectTagging, taggingHeader } from "./tagging.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

const tags = [
  { key: "0123", value: " a " },
  { key: "a&b", value: "" },
];
const set =
  "<TagSet><Tag><Key>0123</Key><Value> a </Value></Tag><Tag><Key>a&amp;b</Key><Value></Value></Tag></TagSet>";

describe("an object's tags", () => {
  test("are read as they are, in their order", async () => {
    const s3 = new FakeClient([{ body: `<Tagging>${set}</Tagging>` }]);
    assert.deepEqual(await getObjectTagging(s3.bucket(), "k", { versionId: "v" }), tags);
    assert.deepEqual(s3.asked, ["GET /k?tagging&versionId=v"]);
  });

  for (const body of ["<Tagging><TagSet/></Tagging>", "<Tagging/>"]) {
    test(`may be none: ${body}`, async () => {
      assert.deepEqual(await getObjectTagging(new FakeClient([{ body }]).bucket(), "k"), []);
    });
  }

  test("cannot lack a key", async () => {
    const body = "<Tagging><TagSet><Tag><Value>1</Value></Tag></TagSet></Tagging>";
    await assert.rejects(
      getObjectTagging(new FakeClient([{ body }]).bucket(), "k"),
      UnexpectedReplyError,
    );
  });

  test("are replaced by a document that says how to check it", async () => {
    const s3 = new FakeClient([{}]);
    await putObjectTagging(s3.bucket(), "k", { tags });
    assert.deepEqual(s3.asked, ["PUT /k?tagging"]);
    assert.equal(
      s3.sentBody,
      `<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${set}</Tagging>`,
    );
    assert.equal(s3.sent["content-md5"], createHash("md5").update(s3.sentBody).digest("base64"));
  });

  test("are written into a header as a query is", () => {
    assert.equal(taggingHeader(tags), "0123=%20a%20&a%26b=");
    assert.equal(taggingHeader([{ key: "é+=", value: "/:@" }]), "%C3%A9%2B%3D=%2F%3A%40");
    assert.equal(taggingHeader([]), "");
  });
});
