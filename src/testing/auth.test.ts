import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { authenticate } from "./auth.ts";
import { decodeChunks } from "./chunked-body.ts";
import type { RequestHead } from "./request.ts";

// The examples of S3's API reference, "Signature Calculations" and "Authenticating Requests: Using
// Query Parameters".
const account = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const accounts = new Map([[account.accessKeyId, account]]);
const now = new Date("2013-05-24T00:00:00Z");
const credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

describe("authenticate", () => {
  const cases = [
    {
      name: "GET Object",
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
      head: head({ path: "/test.txt", headers: { range: "bytes=0-9" } }),
    },
    {
      name: "PUT Object",
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
      head: head({
        method: "PUT",
        path: "/test$file.text",
        headers: {
          date: "Fri, 24 May 2013 00:00:00 GMT",
          "x-amz-storage-class": "REDUCED_REDUNDANCY",
          "x-amz-content-sha256":
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        },
      }),
    },
    {
      name: "GET Bucket Lifecycle",
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
      head: head({ path: "/", query: { lifecycle: "" } }),
    },
    {
      name: "List Objects",
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
      head: head({ path: "/", query: { "max-keys": "2", prefix: "J" } }),
    },
  ];
  for (const { name, head, signature } of cases) {
    test(`accepts the published example of ${name}`, () => {
      assert.equal(authenticate(signed(head, signature), accounts, now).account, account);
    });
    test(`refuses it with another signature: ${name}`, () => {
      const other = signed(head, signature.replace(/^./, "0").replace(/.$/, "1"));
      assert.throws(() => authenticate(other, accounts, now), { code: "SignatureDoesNotMatch" });
    });
  }

  const presigned: RequestHead = {
    ...head({ path: "/test.txt" }),
    headers: new Map([["host", "examplebucket.s3.amazonaws.com"]]),
    query: new Map([
      ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
      ["X-Amz-Credential", credential],
      ["X-Amz-Date", "20130524T000000Z"],
      ["X-Amz-Expires", "86400"],
      ["X-Amz-SignedHeaders", "host"],
      ["X-Amz-Signature", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"],
    ]),
  };
  test("accepts the published presigned URL until its day is over", () => {
    const late = new Date("2013-05-25T00:00:00Z");
    assert.equal(authenticate(presigned, accounts, late).payload.kind, "unsigned");
    const tooLate = new Date("2013-05-25T00:00:01Z");
    assert.throws(() => authenticate(presigned, accounts, tooLate), {
      code: "AccessDenied",
      message: "Request has expired",
    });
  });

  const skews = [
    { name: "14 minutes behind", now: "2013-05-24T00:14:00Z", code: undefined },
    { name: "16 minutes behind", now: "2013-05-24T00:16:00Z", code: "RequestTimeTooSkewed" },
    { name: "14 minutes ahead", now: "2013-05-23T23:46:00Z", code: undefined },
    { name: "16 minutes ahead", now: "2013-05-23T23:44:00Z", code: "RequestTimeTooSkewed" },
  ];
  for (const { name, now, code } of skews) {
    test(`${code === undefined ? "accepts" : "refuses"} a clock that is ${name}`, () => {
      const { head, signature } = cases[0]!;
      const run = () => authenticate(signed(head, signature), accounts, new Date(now));
      if (code === undefined) run();
      else assert.throws(run, { code });
    });
  }
});

describe("decodeChunks", () => {
  const chunks = [
    {
      bytes: Buffer.alloc(65_536, "a"),
      signature: "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    },
    {
      bytes: Buffer.alloc(1024, "a"),
      signature: "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    },
    {
      bytes: Buffer.alloc(0),
      signature: "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    },
  ];
  const seed = signed(
    head({
      method: "PUT",
      path: "/examplebucket/chunkObject.txt",
      host: "s3.amazonaws.com",
      headers: {
        "content-encoding": "aws-chunked",
        "content-length": "66824",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
      },
    }),
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
  );
  const { payload, chain } = authenticate(seed, accounts, now);
  assert.ok(payload.kind === "chunked");
  const framing = { payload, chain, decodedLength: 66_560, announcedTrailers: [] };

  test("accepts the published example of a body signed in chunks", () => {
    const { bytes } = decodeChunks(frame(chunks), framing);
    assert.ok(bytes.equals(Buffer.alloc(66_560, "a")));
  });

  const broken = [
    {
      name: "a changed byte",
      raw: () => changed(frame(chunks), 70_000 - 4000),
      code: "SignatureDoesNotMatch",
    },
    {
      name: "a chunk twice",
      raw: () => frame([chunks[0]!, ...chunks]),
      code: "SignatureDoesNotMatch",
    },
    { name: "no last chunk", raw: () => frame(chunks.slice(0, 2)), code: "IncompleteBody" },
    { name: "half a chunk", raw: () => frame(chunks).subarray(0, 500), code: "IncompleteBody" },
    { name: "no chunks", raw: () => Buffer.alloc(10, "a"), code: "IncompleteBody" },
  ];
  for (const { name, raw, code } of broken) {
    test(`refuses ${name}`, () => assert.throws(() => decodeChunks(raw(), framing), { code }));
  }

  test("refuses a body of another length than was announced", () => {
    const other = { ...framing, decodedLength: 66_561 };
    assert.throws(() => decodeChunks(frame(chunks), other), { code: "IncompleteBody" });
  });
});

describe("decodeChunks with a signed trailer", () => {
  const chunks = [
    {
      bytes: Buffer.alloc(65_536, "a"),
      signature: "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    },
    {
      bytes: Buffer.alloc(1024, "a"),
      signature: "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    },
    {
      bytes: Buffer.alloc(0),
      signature: "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    },
  ];
  const seed = signed(
    head({
      method: "PUT",
      path: "/examplebucket/chunkObject.txt",
      host: "s3.amazonaws.com",
      headers: {
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-trailer": "x-amz-checksum-crc32c",
      },
    }),
    "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
  );
  const { payload, chain } = authenticate(seed, accounts, now);
  assert.ok(payload.kind === "chunked");
  const announcedTrailers = ["x-amz-checksum-crc32c"];
  const framing = { payload, chain, decodedLength: 66_560, announcedTrailers };
  const trailer = (checksum: string) =>
    Buffer.from(
      `x-amz-checksum-crc32c:${checksum}\r\nx-amz-trailer-signature:` +
        "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
    );
  // The last chunk's line is followed by the trailer at once.
  const framed = frame(chunks).subarray(0, -2);

  test("accepts the published example", () => {
    const decoded = decodeChunks(Buffer.concat([framed, trailer("sOO8/Q==")]), framing);
    assert.equal(decoded.bytes.length, 66_560);
    assert.deepEqual([...decoded.trailers], [["x-amz-checksum-crc32c", "sOO8/Q=="]]);
  });

  test("refuses a trailer that was changed", () => {
    const raw = Buffer.concat([framed, trailer("AAAAAA==")]);
    assert.throws(() => decodeChunks(raw, framing), { code: "SignatureDoesNotMatch" });
  });
});

interface HeadParts {
  readonly method?: string;
  readonly path: string;
  readonly host?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

function head({ method = "GET", path, host, query = {}, headers = {} }: HeadParts): RequestHead {
  return {
    method,
    host: host ?? "examplebucket.s3.amazonaws.com",
    path,
    bucketName: "examplebucket",
    key: "",
    query: new Map(Object.entries(query)),
    headers: new Map(
      Object.entries({
        host: host ?? "examplebucket.s3.amazonaws.com",
        "x-amz-date": "20130524T000000Z",
        "x-amz-content-sha256": emptyHash,
        ...headers,
      }),
    ),
  };
}

function signed(head: RequestHead, signature: string): RequestHead {
  const names = [...head.headers.keys()].sort().join(";");
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names},Signature=${signature}`;
  return { ...head, headers: new Map([...head.headers, ["authorization", authorization]]) };
}

function frame(chunks: readonly { bytes: Buffer; signature: string }[]): Buffer {
  const pieces = chunks.map(({ bytes, signature }) => [
    Buffer.from(`${bytes.length.toString(16)};chunk-signature=${signature}\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat(pieces.flat());
}

function changed(bytes: Buffer, at: number): Buffer {
  bytes[at] = bytes[at]! ^ 1;
  return bytes;
}
