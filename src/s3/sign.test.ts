import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { describe, test } from "node:test";

import { SignatureV4 } from "@smithy/signature-v4";

import { percentEncodeKey } from "./percent-encode.ts";
import { canonicalQuery, emptyPayload, payloadHash, Signer, unsignedPayload } from "./sign.ts";

const credentials = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const host = "examplebucket.s3.amazonaws.com";

describe("Signer", () => {
  // The examples of "Signature Calculations for the Authorization Header" in the S3 API reference.
  const examples = [
    {
      name: "GET of a range",
      request: {
        method: "GET",
        path: "/test.txt",
        query: "",
        headers: { host, range: "bytes=0-9" },
      },
      payload: emptyPayload,
      signed: "host;range;x-amz-content-sha256;x-amz-date",
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    },
    {
      name: "PUT of an object",
      request: {
        method: "PUT",
        path: `/${percentEncodeKey("test$file.text")}`,
        query: "",
        headers: {
          host,
          date: "Fri, 24 May 2013 00:00:00 GMT",
          "x-amz-storage-class": "REDUCED_REDUNDANCY",
        },
      },
      payload: payloadHash(Buffer.from("Welcome to Amazon S3.")),
      signed: "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    },
    {
      name: "GET of a sub-resource",
      request: {
        method: "GET",
        path: "/",
        query: canonicalQuery({ lifecycle: "" }),
        headers: { host },
      },
      payload: emptyPayload,
      signed: "host;x-amz-content-sha256;x-amz-date",
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    },
    {
      name: "listing",
      request: {
        method: "GET",
        path: "/",
        query: canonicalQuery({ prefix: "J", "max-keys": "2" }),
        headers: { host },
      },
      payload: emptyPayload,
      signed: "host;x-amz-content-sha256;x-amz-date",
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    },
  ];
  for (const { name, request, payload, signed, signature } of examples) {
    test(`makes the signature of AWS's example: ${name}`, () => {
      const signer = new Signer(credentials);
      const headers = signer.sign({ ...request, payload }, "us-east-1", Date.UTC(2013, 4, 24));
      assert.equal(
        headers["authorization"],
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
          `SignedHeaders=${signed}, Signature=${signature}`,
      );
    });
  }

  test("signs as the AWS SDK does, whatever the key, the query, the region and the day", async () => {
    const next = randomNumbers(7);
    const signer = new Signer({ ...credentials, sessionToken: "session/token+==" });
    for (let round = 0; round < 300; round++) {
      const region = ["us-east-1", "eu-west-1", "cn-north-1"][next(3)]!;
      const now = Date.UTC(2026, 0, 1 + next(5), next(24), next(60), next(60), next(1000));
      const path = `/${percentEncodeKey(oddText(next))}`;
      const query = {
        prefix: oddText(next),
        "prefix-x": oddText(next),
        uploads: "",
        marker: undefined,
      };
      const headers = {
        host,
        "x-amz-meta-a": " a   b ",
        "cache-control": "no-cache",
        "x-amz-copy-source": percentEncodeKey(oddText(next)),
      };
      const ours = signer.sign(
        { method: "PUT", path, query: canonicalQuery(query), headers, payload: unsignedPayload },
        region,
        now,
      );
      const theirs = await smithySigner(region).sign(
        {
          method: "PUT",
          protocol: "https:",
          hostname: host,
          path,
          query: { prefix: query.prefix, "prefix-x": query["prefix-x"], uploads: "" },
          headers: { ...headers, "x-amz-content-sha256": unsignedPayload },
        },
        { signingDate: new Date(now) },
      );
      assert.equal(ours["authorization"], theirs.headers["authorization"]);
      assert.equal(ours["x-amz-date"], theirs.headers["x-amz-date"]);
    }
  });

  test("hashes header values as the bytes they are sent as", () => {
    // À in UTF-8 ends with the byte A0, a blank to JavaScript; in a canonical request it is a letter like others.
    const value = Buffer.from("voilÀ").toString("latin1");
    const signed = new Signer(credentials).sign(
      {
        method: "GET",
        path: "/",
        query: "",
        headers: { host, "x-amz-meta-a": value },
        payload: emptyPayload,
      },
      "us-east-1",
      Date.UTC(2013, 4, 24),
    );
    const canonical = Buffer.from(
      `GET\n/\n\nhost:${host}\nx-amz-content-sha256:${emptyPayload}\nx-amz-date:20130524T000000Z\n` +
        `x-amz-meta-a:voilÀ\n\nhost;x-amz-content-sha256;x-amz-date;x-amz-meta-a\n${emptyPayload}`,
      "utf8",
    );
    assert.match(signed["authorization"]!, new RegExp(`Signature=${signatureOf(canonical)}$`));
    assert.equal(signed["x-amz-meta-a"], value, "it is sent as it was given");
  });

  test("sends a session token, and signs it", () => {
    const signer = new Signer({ ...credentials, sessionToken: "token" });
    const request = {
      method: "GET",
      path: "/",
      query: "",
      headers: { host },
      payload: emptyPayload,
    };
    const headers = signer.sign(request, "us-east-1", 0);
    assert.equal(headers["x-amz-security-token"], "token");
    assert.match(headers["authorization"]!, /x-amz-date;x-amz-security-token,/);
  });
});

describe("canonicalQuery", () => {
  const cases = [
    { name: "orders by name, not by pair", query: { "a-b": "1", a: "2" }, text: "a=2&a-b=1" },
    { name: "orders capitals first", query: { b: "1", B: "2" }, text: "B=2&b=1" },
    { name: "keeps a name without a value", query: { uploads: "" }, text: "uploads=" },
    { name: "leaves out what is undefined", query: { a: undefined, b: "1" }, text: "b=1" },
    { name: "encodes slashes and blanks", query: { p: "a/b c+*~" }, text: "p=a%2Fb%20c%2B%2A~" },
  ];
  for (const { name, query, text } of cases) {
    test(name, () => assert.equal(canonicalQuery(query), text));
  }
});

function smithySigner(region: string): SignatureV4 {
  return new SignatureV4({
    service: "s3",
    region,
    credentials: { ...credentials, sessionToken: "session/token+==" },
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
}

/** Node's SHA-256 as the SDK wants it. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #data: Uint8Array[] = [];

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#data.push(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    const data = Buffer.concat(this.#data);
    const digest =
      this.#secret === undefined ? createHash("sha256") : createHmac("sha256", this.#secret);
    return Promise.resolve(digest.update(data).digest());
  }

  reset(): void {
    this.#data = [];
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** The signature of a canonical request, step by step as the specification has it. */
function signatureOf(canonical: Buffer): string {
  const digest = createHash("sha256").update(canonical).digest("hex");
  let key: Buffer | string = `AWS4${credentials.secretAccessKey}`;
  for (const part of ["20130524", "us-east-1", "s3", "aws4_request"]) {
    key = createHmac("sha256", key).update(part).digest();
  }
  return createHmac("sha256", key)
    .update(`AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n${digest}`)
    .digest("hex");
}

const odd = [
  "a",
  "Z",
  "/",
  "//",
  ".",
  "..",
  " ",
  "+",
  "%",
  "%41",
  "\t",
  "\n",
  "\r",
  "\0",
  "é",
  "\u{1f600}",
  "\ufffd",
  "?",
  "#",
  "&",
  "=",
  "'",
  "(",
  ")",
  "*",
  "!",
  "~",
  "[",
  ":",
  "@",
  "\\",
  "\u007f",
];

function oddText(next: (below: number) => number): string {
  return Array.from({ length: next(12) }, () => odd[next(odd.length)]).join("");
}

/** Numbers that look random and are the same in every run (a linear congruential generator). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
