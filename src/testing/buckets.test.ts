import assert from "node:assert/strict";
import { after, describe, test } from "node:test";

import { rawRequest } from "./raw-request.ts";
import type { RawReply } from "./raw-request.ts";
import { startServer } from "./server.ts";

const alice = { accessKeyId: "AKALICE", secretAccessKey: "secret", displayName: "alice" };
const bob = { accessKeyId: "AKBOB", secretAccessKey: "secret" };
const server = await startServer({ accounts: [alice, bob] });

after(async () => {
  await server.close();
  assert.deepEqual(server.bugs, []);
});

function raw(method: string, target: string, body = "", headers = {}): Promise<RawReply> {
  return rawRequest(server.port, alice, { method, target, body, headers });
}

describe("CreateBucket", () => {
  test("again by its owner changes nothing and succeeds, as in us-east-1", async () => {
    assert.equal((await raw("PUT", "/again")).headers["location"], "/again");
    await raw("PUT", "/again/key", "x");
    assert.equal((await raw("PUT", "/again")).status, 200);
    assert.deepEqual(server.store.keys("again"), ["key"]);
  });

  const cases = [
    { name: "the owner, where it lies elsewhere", account: alice, code: "BucketAlreadyOwnedByYou" },
    { name: "somebody else", account: bob, code: "BucketAlreadyExists" },
  ];
  for (const { name, account, code } of cases) {
    test(`again by ${name} is refused`, async () => {
      const location = "<LocationConstraint>eu-west-1</LocationConstraint>";
      const body = `<CreateBucketConfiguration>${location}</CreateBucketConfiguration>`;
      await raw("PUT", "/elsewhere", body);
      const request = { method: "PUT", target: "/elsewhere", body };
      const reply = await rawRequest(server.port, account, request);
      assert.deepEqual([reply.status, reply.code], [409, code]);
    });
  }

  const refused: { name: string; body?: string; headers?: Record<string, string>; code: string }[] =
    [
      {
        name: "a directory bucket",
        body: "<CreateBucketConfiguration><Bucket/></CreateBucketConfiguration>",
        code: "NotImplemented",
      },
      { name: "no XML", body: "eu-west-1", code: "MalformedXML" },
      {
        name: "ACLs",
        headers: { "x-amz-object-ownership": "ObjectWriter" },
        code: "NotImplemented",
      },
    ];
  for (const { name, body, headers, code } of refused) {
    test(`with ${name} is refused`, async () => {
      assert.equal((await raw("PUT", "/refused", body, headers)).code, code);
      assert.equal(server.store.buckets.has("refused"), false);
    });
  }
});

describe("DeleteBucket", () => {
  test("wants the bucket empty; an upload under way does not count", async () => {
    await raw("PUT", "/doomed");
    await raw("POST", "/doomed/key?uploads");
    await raw("PUT", "/doomed/key", "x");
    const full = await raw("DELETE", "/doomed");
    assert.deepEqual([full.status, full.code], [409, "BucketNotEmpty"]);
    await raw("DELETE", "/doomed/key");
    assert.equal((await raw("DELETE", "/doomed")).status, 204);
    assert.equal((await raw("HEAD", "/doomed")).status, 404);
  });
});

test("ListBuckets pages through the caller's buckets, by prefix if asked", async () => {
  for (const name of ["list-c", "list-a", "list-b", "other"]) await raw("PUT", `/${name}`);
  const names: string[] = [];
  let more = "";
  for (;;) {
    const { text } = await raw("GET", `/?max-buckets=2&prefix=list-${more}`);
    names.push(...Array.from(text.matchAll(/<Name>(.*?)<\/Name>/g), (match) => match[1]!));
    const token = /<ContinuationToken>(.*?)<\/ContinuationToken>/.exec(text)?.[1];
    if (token === undefined) break;
    more = `&continuation-token=${encodeURIComponent(token)}`;
  }
  assert.deepEqual(names, ["list-a", "list-b", "list-c"]);
});

describe("configuration", () => {
  server.createBucket("config", alice.accessKeyId);
  server.putObject("config", "key", "x");

  const reads: { target: string; status: number; answer: RegExp }[] = [
    { target: "?acl", status: 200, answer: /<DisplayName>alice<.*FULL_CONTROL/s },
    { target: "/key?acl", status: 200, answer: /FULL_CONTROL/ },
    { target: "/none?acl", status: 404, answer: /NoSuchKey/ },
    { target: "?location", status: 200, answer: /<LocationConstraint[^>]*><\/LocationConstraint>/ },
    { target: "?versioning", status: 200, answer: /<VersioningConfiguration[^>]*><\/Versioning/ },
    { target: "?encryption", status: 200, answer: /<SSEAlgorithm>AES256</ },
    { target: "?tagging", status: 404, answer: /NoSuchTagSet/ },
    { target: "?policy", status: 404, answer: /NoSuchBucketPolicy/ },
    { target: "?lifecycle", status: 404, answer: /NoSuchLifecycleConfiguration/ },
    { target: "?cors", status: 404, answer: /NoSuchCORSConfiguration/ },
    { target: "?website", status: 404, answer: /NoSuchWebsiteConfiguration/ },
    { target: "?replication", status: 404, answer: /ReplicationConfigurationNotFoundError/ },
    { target: "?object-lock", status: 404, answer: /ObjectLockConfigurationNotFoundError/ },
    { target: "?publicAccessBlock", status: 404, answer: /NoSuchPublicAccessBlockConfiguration/ },
    { target: "?ownershipControls", status: 200, answer: /BucketOwnerEnforced/ },
    { target: "?requestPayment", status: 200, answer: /<Payer>BucketOwner</ },
    { target: "?logging", status: 200, answer: /<BucketLoggingStatus/ },
    { target: "?notification", status: 200, answer: /<NotificationConfiguration/ },
    { target: "?accelerate", status: 200, answer: /<AccelerateConfiguration/ },
    { target: "?policyStatus", status: 200, answer: /<IsPublic>false</ },
    { target: "/key?retention", status: 400, answer: /InvalidRequest/ },
    { target: "/key?legal-hold", status: 400, answer: /InvalidRequest/ },
  ];
  for (const { target, status, answer } of reads) {
    test(`of a bucket that nothing was said about: GET ${target}`, async () => {
      const reply = await raw("GET", `/config${target}`);
      assert.equal(reply.status, status);
      assert.match(reply.text, answer);
    });
    test(`is nobody else's business: GET ${target}`, async () => {
      const request = { method: "GET", target: `/config${target}` };
      assert.equal((await rawRequest(server.port, bob, request)).code, "AccessDenied");
    });
  }

  for (const subresource of ["lifecycle", "cors", "website", "replication", "notification"]) {
    test(`that this server does not honour is refused: PUT ?${subresource}`, async () => {
      const reply = await raw("PUT", `/config?${subresource}`, "<X/>");
      assert.deepEqual([reply.status, reply.code], [501, "NotImplemented"]);
    });
  }

  test("tags of a bucket are put, read and deleted", async () => {
    const tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    assert.equal((await raw("PUT", "/config?tagging", tagging)).status, 204);
    assert.match((await raw("GET", "/config?tagging")).text, /<Key>a<\/Key><Value>1<\/Value>/);
    assert.equal((await raw("DELETE", "/config?tagging")).status, 204);
    assert.equal((await raw("GET", "/config?tagging")).code, "NoSuchTagSet");
  });

  test("only the ACL that changes nothing is taken", async () => {
    const acls = [
      ["bucket-owner-full-control", undefined],
      ["private", "AccessControlListNotSupported"],
      ["public-read", "AccessControlListNotSupported"],
    ] as const;
    for (const [acl, code] of acls) {
      const reply = await raw("PUT", "/config/key?acl", "", { "x-amz-acl": acl });
      assert.equal(reply.code, code);
    }
  });
});

describe("GetObjectAttributes", () => {
  const cases: { key: string; asked: string; answer: RegExp }[] = [
    { key: "plain", asked: "ETag,ObjectSize", answer: /<ETag>[0-9a-f]{32}<.*<ObjectSize>4</ },
    { key: "plain", asked: "ObjectParts", answer: /<GetObjectAttributesResponse[^>]*><\/GetObj/ },
    {
      key: "parts",
      asked: "ObjectParts",
      answer: /<ObjectParts><PartsCount>2<\/PartsCount><\/Obj/,
    },
    { key: "parts", asked: "Checksum", answer: /<ChecksumType>FULL_OBJECT</ },
    { key: "parts", asked: "ETag,Everything", answer: /<Code>InvalidArgument</ },
  ];
  for (const { key, asked, answer } of cases) {
    test(`of "${key}" gives ${asked}`, async () => {
      server.createBucket("attributes", alice.accessKeyId);
      server.putObject("attributes", "plain", "body");
      server.putObject("attributes", "parts", ["bo", "dy"]);
      const headers = { "x-amz-object-attributes": asked };
      const reply = await raw("GET", `/attributes/${key}?attributes`, "", headers);
      assert.match(reply.text, answer);
    });
  }
});
