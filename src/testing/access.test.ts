import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { rawRequest, send, sign } from "./raw-request.ts";
import type { RawRequest } from "./raw-request.ts";
import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const alice = { accessKeyId: "AKALICE", secretAccessKey: "alice's secret" };
const bob = { accessKeyId: "AKBOB", secretAccessKey: "bob's secret" };
const guest = { accessKeyId: "ASGUEST", secretAccessKey: "a", sessionToken: "token" };
let server: S3Server;

before(async () => {
  server = await startServer({ accounts: [alice, bob, guest] });
  for (const name of ["private", "readable", "writable", "policed"]) {
    await rawRequest(server.port, alice, { method: "PUT", target: `/${name}` });
    await rawRequest(server.port, alice, {
      method: "PUT",
      target: `/${name}/key`,
      body: "alice's",
    });
  }
  await rawRequest(server.port, bob, { method: "PUT", target: "/bobs" });
  await rawRequest(server.port, bob, { method: "PUT", target: "/bobs/key", body: "bob's" });
  server.share("readable", bob.accessKeyId, "read");
  server.share("writable", bob.accessKeyId, "write");
});

after(async () => {
  await server.close();
  assert.deepEqual(server.bugs, []);
});

describe("another account", () => {
  const cases: { may: boolean; request: RawRequest; status: number }[] = [
    { may: false, status: 403, request: { method: "GET", target: "/private?list-type=2" } },
    { may: false, status: 403, request: { method: "GET", target: "/private/key" } },
    { may: false, status: 403, request: { method: "GET", target: "/private/none" } },
    { may: false, status: 403, request: { method: "HEAD", target: "/private" } },
    { may: false, status: 403, request: { method: "PUT", target: "/private/key", body: "bob's" } },
    { may: false, status: 403, request: { method: "DELETE", target: "/private/key" } },
    { may: false, status: 403, request: { method: "POST", target: "/private/key?uploads" } },
    { may: false, status: 403, request: { method: "DELETE", target: "/private" } },
    { may: false, status: 409, request: { method: "PUT", target: "/private" } },
    { may: true, status: 200, request: { method: "GET", target: "/readable?list-type=2" } },
    { may: true, status: 200, request: { method: "GET", target: "/readable/key" } },
    { may: true, status: 404, request: { method: "GET", target: "/readable/none" } },
    { may: false, status: 403, request: { method: "PUT", target: "/readable/key", body: "bob's" } },
    { may: true, status: 200, request: { method: "PUT", target: "/writable/new", body: "bob's" } },
    { may: false, status: 403, request: { method: "GET", target: "/writable/key" } },
    { may: false, status: 403, request: copyFrom("/private/key", "/bobs/copy") },
    { may: true, status: 200, request: copyFrom("/readable/key", "/bobs/copy") },
    { may: true, status: 200, request: copyFrom("/bobs/key", "/writable/copy") },
    { may: false, status: 403, request: copyFrom("/bobs/key", "/readable/copy") },
  ];
  for (const { may, status, request } of cases) {
    const source = request.headers?.["x-amz-copy-source"];
    const what = `${request.method} ${request.target}${source === undefined ? "" : ` from ${source}`}`;
    test(`${may ? "may" : "may not"} ${what}`, async () => {
      const reply = await rawRequest(server.port, bob, request);
      assert.equal(reply.status, status);
      if (status === 403 && request.method !== "HEAD") assert.equal(reply.code, "AccessDenied");
    });
  }

  test("is told the region of a bucket it may not see", async () => {
    const reply = await rawRequest(server.port, bob, { method: "HEAD", target: "/private" });
    assert.equal(reply.headers["x-amz-bucket-region"], "us-east-1");
  });

  test("is told the region even without a signature", async () => {
    const reply = await send(server.port, "HEAD", "/private", {});
    assert.deepEqual([reply.status, reply.headers["x-amz-bucket-region"]], [403, "us-east-1"]);
  });

  test("writes objects that belong to the bucket's owner", async () => {
    await rawRequest(server.port, bob, { method: "PUT", target: "/writable/given", body: "x" });
    assert.equal(server.store.object("writable", "given")?.owner.accessKeyId, alice.accessKeyId);
  });

  test("does not see the bucket in its list", async () => {
    const { text } = await rawRequest(server.port, bob, { method: "GET", target: "/" });
    assert.deepEqual(text.match(/<Name>.*?<\/Name>/g), ["<Name>bobs</Name>"]);
  });

  test("gets an error for each key it may not delete", async () => {
    const body = "<Delete><Object><Key>key</Key></Object></Delete>";
    const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
    const request = { method: "POST", target: "/private?delete", body, headers };
    const reply = await rawRequest(server.port, bob, request);
    assert.deepEqual([reply.status, reply.code], [200, "AccessDenied"]);
    assert.ok(server.store.object("private", "key"));
  });
});

describe("a bucket policy", () => {
  const target = "/policed?policy";
  function policy(statement: Record<string, unknown>): string {
    return JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", ...statement } });
  }

  test("gives an account the actions it names on the keys it names", async () => {
    const body = policy({
      Principal: { AWS: `arn:aws:iam::${server.accountNumber(bob.accessKeyId)}:root` },
      Action: ["s3:GetObject"],
      Resource: "arn:aws:s3:::policed/k*",
    });
    await rawRequest(server.port, alice, { method: "PUT", target, body });
    const read = await rawRequest(server.port, bob, { method: "GET", target: "/policed/key" });
    assert.equal(read.text, "alice's");
    for (const target of ["/policed/other", "/policed/key?tagging", "/policed?list-type=2"]) {
      assert.equal((await rawRequest(server.port, bob, { method: "GET", target })).status, 403);
    }
    assert.equal((await rawRequest(server.port, alice, { method: "GET", target })).text, body);
    await rawRequest(server.port, alice, { method: "DELETE", target });
    const reply = await rawRequest(server.port, bob, { method: "GET", target: "/policed/key" });
    assert.equal(reply.status, 403);
  });

  const all = { Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::policed/*" };
  for (const [name, body, code] of [
    ["a Deny", policy({ ...all, Effect: "Deny" }), "NotImplemented"],
    ["a Condition", policy({ ...all, Condition: {} }), "NotImplemented"],
    ["another bucket", policy({ ...all, Resource: "arn:aws:s3:::private/*" }), "MalformedPolicy"],
    ["no JSON", "Allow everything", "MalformedPolicy"],
  ] as const) {
    test(`is refused with ${name}`, async () => {
      const reply = await rawRequest(server.port, alice, { method: "PUT", target, body });
      assert.equal(reply.code, code);
    });
  }
});

describe("a request", () => {
  const get = { method: "GET", target: "/private/key" };
  const refused = [
    {
      name: "an unknown key",
      account: { ...alice, accessKeyId: "AKNONE" },
      code: "InvalidAccessKeyId",
    },
    {
      name: "a wrong secret",
      account: { ...alice, secretAccessKey: "x" },
      code: "SignatureDoesNotMatch",
    },
    {
      name: "another's secret",
      account: { ...alice, secretAccessKey: bob.secretAccessKey },
      code: "SignatureDoesNotMatch",
    },
    {
      name: "a token it does not need",
      account: { ...alice, sessionToken: "x" },
      code: "InvalidToken",
    },
    { name: "a wrong token", account: { ...guest, sessionToken: "x" }, code: "InvalidToken" },
    {
      name: "no token where one is needed",
      account: { accessKeyId: guest.accessKeyId, secretAccessKey: guest.secretAccessKey },
      code: "InvalidAccessKeyId",
    },
  ];
  for (const { name, account, code } of refused) {
    test(`is refused with ${name}`, async () => {
      assert.equal((await rawRequest(server.port, account, get)).code, code);
    });
  }

  test("with the right token is accepted", async () => {
    const reply = await rawRequest(server.port, guest, { method: "GET", target: "/" });
    assert.equal(reply.status, 200);
  });

  test("without a signature is denied", async () => {
    const reply = await send(server.port, "GET", "/private/key", {});
    assert.deepEqual([reply.status, reply.code], [403, "AccessDenied"]);
  });

  test("with an x-amz- header that is not signed is denied", async () => {
    const headers = sign(alice, { ...get, host: "h" });
    const more = { ...headers, "x-amz-meta-added": "later" };
    const reply = await send(server.port, "GET", "/private/key", more);
    assert.deepEqual([reply.status, reply.code], [403, "AccessDenied"]);
    assert.match(reply.text, /<HeadersNotSigned>x-amz-meta-added</);
  });

  test("with a path changed after signing is refused", async () => {
    const headers = sign(alice, { ...get, host: "h" });
    const reply = await send(server.port, "GET", "/private/other", headers);
    assert.equal(reply.code, "SignatureDoesNotMatch");
  });

  test("signed for another region is told the right one", async () => {
    const reply = await rawRequest(server.port, alice, { ...get, region: "eu-west-1" });
    assert.deepEqual([reply.status, reply.code], [400, "AuthorizationHeaderMalformed"]);
    assert.match(reply.text, /<Region>us-east-1<\/Region>/);
  });

  test("of another owner than expected is denied", async () => {
    for (const [owner, status] of [
      [alice, 200],
      [bob, 403],
    ] as const) {
      const headers = { "x-amz-expected-bucket-owner": server.accountNumber(owner.accessKeyId) };
      const reply = await rawRequest(server.port, alice, { ...get, headers });
      assert.equal(reply.status, status);
    }
  });
});

describe("a bucket in another region", () => {
  const location = (region: string) =>
    `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;

  test("wants signatures for that region", async () => {
    const body = location("eu-west-1");
    await rawRequest(server.port, alice, { method: "PUT", target: "/european", body });
    const head = { method: "HEAD", target: "/european" };
    const wrong = await rawRequest(server.port, alice, head);
    assert.deepEqual([wrong.status, wrong.headers["x-amz-bucket-region"]], [400, "eu-west-1"]);
    const right = await rawRequest(server.port, alice, { ...head, region: "eu-west-1" });
    assert.equal(right.status, 200);
    const where = await rawRequest(server.port, alice, {
      method: "GET",
      target: "/european?location",
    });
    assert.match(where.text, /<LocationConstraint[^>]*>eu-west-1<\/LocationConstraint>/);
  });

  test("cannot be made with a location that is none", async () => {
    for (const region of ["us-east-1", "nowhere"]) {
      const body = location(region);
      const reply = await rawRequest(server.port, alice, { method: "PUT", target: "/none", body });
      assert.equal(reply.code, "InvalidLocationConstraint");
    }
  });
});

test("bucket names follow S3's rules", async () => {
  for (const name of [
    "ab",
    "Upper",
    "under_score",
    "a..b",
    "-a-b",
    "192.168.1.1",
    "a".repeat(64),
  ]) {
    const reply = await rawRequest(server.port, alice, { method: "PUT", target: `/${name}` });
    assert.deepEqual([reply.status, reply.code], [400, "InvalidBucketName"], name);
  }
});

function copyFrom(source: string, target: string): RawRequest {
  return { method: "PUT", target, headers: { "x-amz-copy-source": source } };
}
