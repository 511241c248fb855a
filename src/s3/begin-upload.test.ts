import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type FakeAnswer, FakeClient, lost, refused } from "../../test/support/fake-client.ts";
import { beginUpload } from "./begin-upload.ts";
import { TransportError } from "./transport.ts";

const begun: FakeAnswer = {
  headers: { "x-amz-server-side-encryption": "AES256" },
  body: "<InitiateMultipartUploadResult><UploadId>new</UploadId></InitiateMultipartUploadResult>",
};

/** The server's time when it is asked for uploads; five seconds after the first try. */
const answered = "Tue, 24 Nov 2026 12:00:10 GMT";

function uploads(
  list: readonly { readonly key?: string; readonly id: string; readonly at: string }[],
  {
    more = "<IsTruncated>false</IsTruncated>",
    headers = { date: answered },
  }: { readonly more?: string; readonly headers?: Record<string, string> } = {},
): FakeAnswer {
  const items = list.map(
    ({ key = "k", id, at }) =>
      `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>2026-11-24T${at}Z</Initiated></Upload>`,
  );
  return {
    headers,
    body: `<ListMultipartUploadsResult>${more}${items.join("")}</ListMultipartUploadsResult>`,
  };
}

/** The clock of this machine: nothing to do with the server's, but as fast. */
function clock(): () => number {
  let now = 1000;
  return () => (now += 5000) - 5000;
}

describe("beginUpload", () => {
  const run = (s3: FakeClient) => beginUpload(s3.bucket(), "k", {}, undefined, clock());

  test("takes one request", async () => {
    const s3 = new FakeClient([begun]);
    const upload = await beginUpload(s3.bucket(), "k", {
      headers: { "x-amz-meta-a": "1" },
      checksum: { algorithm: "CRC32", type: "FULL_OBJECT" },
    });
    assert.deepEqual(upload, { uploadId: "new", encryption: "AES256" });
    assert.deepEqual(s3.asked, ["POST /k?uploads"]);
    assert.deepEqual(s3.sent, {
      "x-amz-checksum-algorithm": "CRC32",
      "x-amz-checksum-type": "FULL_OBJECT",
      "x-amz-meta-a": "1",
    });
    assert.equal(s3.requests[0]?.idempotent, false);
  });

  test("uses the upload of which the answer was lost", async () => {
    const s3 = new FakeClient([lost(), uploads([{ id: "lost", at: "12:00:05.500" }])]);
    assert.equal((await run(s3)).uploadId, "lost");
    assert.deepEqual(s3.asked, ["POST /k?uploads", "GET /?uploads&prefix=k"]);
  });

  const lists: readonly {
    readonly name: string;
    readonly listed: FakeAnswer;
    readonly id: string;
  }[] = [
    {
      name: "uses an upload of the second in which it was first tried",
      listed: uploads([{ id: "lost", at: "12:00:04.000" }]),
      id: "lost",
    },
    {
      name: "leaves an upload that was begun before",
      listed: uploads([{ id: "old", at: "12:00:03.999" }]),
      id: "new",
    },
    {
      name: "uses the one that was begun since",
      listed: uploads([
        { id: "old", at: "11:00:00.000" },
        { id: "lost", at: "12:00:06.000" },
      ]),
      id: "lost",
    },
    {
      name: "leaves two of which either may be another's",
      listed: uploads([
        { id: "one", at: "12:00:05.000" },
        { id: "two", at: "12:00:06.000" },
      ]),
      id: "new",
    },
    {
      name: "leaves the upload of a longer key",
      listed: uploads([{ key: "kk", id: "other", at: "12:00:06.000" }]),
      id: "new",
    },
    { name: "begins another when there is none", listed: uploads([]), id: "new" },
    {
      name: "begins another when it may not list uploads",
      listed: refused("AccessDenied", 403),
      id: "new",
    },
    {
      name: "begins another when the server does not tell its time",
      listed: uploads([{ id: "lost", at: "12:00:06.000" }], { headers: {} }),
      id: "new",
    },
  ];
  for (const { name, listed, id } of lists) {
    test(`${name}, after a lost answer`, async () => {
      const s3 = new FakeClient([lost(), listed, begun]);
      assert.equal((await run(s3)).uploadId, id);
      assert.equal(s3.requests.length, id === "new" ? 3 : 2);
    });
  }

  test("looks through all pages of the key's uploads, and no further", async () => {
    const next = (key: string) => ({
      more: `<IsTruncated>true</IsTruncated><NextKeyMarker>${key}</NextKeyMarker><NextUploadIdMarker>m</NextUploadIdMarker>`,
    });
    const s3 = new FakeClient([
      lost(),
      uploads([{ id: "old", at: "10:00:00.000" }], next("k")),
      uploads([{ id: "lost", at: "12:00:06.000" }], next("kk")),
    ]);
    assert.equal((await run(s3)).uploadId, "lost");
    assert.equal(s3.asked[2], "GET /?uploads&prefix=k&key-marker=k&upload-id-marker=m");
  });

  test("looks again before each try, for all that was begun since the first", async () => {
    const s3 = new FakeClient([
      lost(),
      uploads([]),
      lost(),
      lost(),
      uploads([{ id: "late", at: "12:00:09.000" }]),
    ]);
    assert.equal((await run(s3)).uploadId, "late");
  });

  test("looks for an upload that a failing server may have begun", async () => {
    const s3 = new FakeClient([
      refused("InternalError", 500),
      uploads([{ id: "lost", at: "12:00:06.000" }]),
    ]);
    assert.equal((await run(s3)).uploadId, "lost");
  });

  test("looks for none when the request was never sent", async () => {
    const s3 = new FakeClient([new TransportError("ECONNREFUSED", "refused", "unsent"), begun]);
    assert.equal((await run(s3)).uploadId, "new");
    assert.deepEqual(s3.asked, ["POST /k?uploads", "POST /k?uploads"]);
  });

  test("fails for a refusal without another request", async () => {
    const s3 = new FakeClient([refused("AccessDenied", 403)]);
    await assert.rejects(run(s3), { code: "AccessDenied" });
    assert.equal(s3.requests.length, 1);
  });
});
