import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";

import type { Fault } from "./faults.ts";
import { FaultPlan } from "./faults.ts";
import { rawRequest } from "./raw-request.ts";
import type { RawReply, RawRequest } from "./raw-request.ts";
import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
const body = "0123456789";
let server: S3Server;

before(async () => {
  server = await startServer({ accounts: [account], minPartBytes: 1 });
  await raw({ method: "PUT", target: "/photos" });
});

beforeEach(async () => {
  server.faults.clear();
  await raw({ method: "PUT", target: "/photos/source", body });
  await raw({ method: "DELETE", target: "/photos/target" });
});

after(async () => {
  await server.close();
  assert.deepEqual(server.bugs, []);
});

function raw(request: RawRequest): Promise<RawReply> {
  return rawRequest(server.port, account, request);
}

const put = { method: "PUT", target: "/photos/target", body };
const get = { method: "GET", target: "/photos/source" };
const copy = {
  method: "PUT",
  target: "/photos/target",
  headers: { "x-amz-copy-source": "/photos/source" },
};

function isWritten(): boolean {
  return server.store.object("photos", "target") !== undefined;
}

describe("a fault before the effect", () => {
  const cases: { fault: Fault; answer: [number, string] }[] = [
    { fault: { kind: "slowDown" }, answer: [503, "SlowDown"] },
    { fault: { kind: "internalError" }, answer: [500, "InternalError"] },
    {
      fault: { kind: "error", code: "ConditionalRequestConflict" },
      answer: [409, "ConditionalRequestConflict"],
    },
  ];
  for (const { fault, answer } of cases) {
    test(`${fault.kind} answers an error and writes nothing`, async () => {
      server.faults.add(fault);
      const reply = await raw(put);
      assert.deepEqual([reply.status, reply.code], answer);
      assert.equal(isWritten(), false);
    });
  }

  test("resetBefore ends the connection and writes nothing", async () => {
    server.faults.add({ kind: "resetBefore" });
    await assert.rejects(raw(put), { code: "ECONNRESET" });
    assert.equal(isWritten(), false);
  });
});

test("resetAfter ends the connection when all is done", async () => {
  server.faults.add({ kind: "resetAfter" });
  await assert.rejects(raw(put), { code: "ECONNRESET" });
  assert.equal(isWritten(), true);
});

describe("a fault of a body", () => {
  test("cutBody sends the head and a part of what it announces", async () => {
    server.faults.add({ kind: "cutBody", afterBytes: 3 });
    await assert.rejects(raw(get), { code: "ECONNRESET", message: "aborted" });
  });

  test("flipBody sends other bytes under the same headers", async () => {
    server.faults.add({ kind: "flipBody" });
    const reply = await raw(get);
    const etag = createHash("md5").update(body).digest("hex");
    assert.equal(reply.headers["etag"], `"${etag}"`);
    assert.equal(reply.body.length, body.length);
    assert.notEqual(createHash("md5").update(reply.body).digest("hex"), etag);
    assert.equal(server.store.bytes("photos", "source")?.toString(), body);
  });

  test("flipBody of an upload is found by its hash, by its MD5, and without both by the ETag", async () => {
    server.faults.add({ kind: "flipBody", operation: "PutObject" });
    assert.equal((await raw(put)).code, "XAmzContentSHA256Mismatch");
    const unsigned = { ...put, payloadHash: "UNSIGNED-PAYLOAD" };
    const md5 = createHash("md5").update(body).digest();
    const headers = { "content-md5": md5.toString("base64") };
    assert.equal((await raw({ ...unsigned, headers })).code, "BadDigest");
    assert.equal(isWritten(), false);
    const reply = await raw(unsigned);
    assert.equal(reply.status, 200);
    assert.notEqual(reply.headers["etag"], `"${md5.toString("hex")}"`);
  });

  test("tornRead sends one object whole while the next one already lies there", async () => {
    server.faults.add({ kind: "tornRead", count: 1, replacement: "another" });
    const first = await raw(get);
    assert.equal(first.text, body);
    const second = await raw(get);
    assert.equal(second.text, "another");
    assert.notEqual(second.headers["etag"], first.headers["etag"]);
  });
});

describe("a 200 that comes early", () => {
  test("may have an error inside and no effect", async () => {
    server.faults.add({ kind: "errorInside200", code: "SlowDown" });
    const reply = await raw(copy);
    assert.deepEqual([reply.status, reply.code], [200, "SlowDown"]);
    assert.match(reply.text, /^<\?xml [^>]*\?>\n {6}<Error>/);
    assert.equal(isWritten(), false);
  });

  test("may have an error inside although it had its effect", async () => {
    server.faults.add({ kind: "errorInside200", withEffect: true });
    assert.equal((await raw(copy)).code, "InternalError");
    assert.equal(isWritten(), true);
  });

  test("may turn out well after white space", async () => {
    server.faults.add({ kind: "early200" });
    const reply = await raw(copy);
    assert.match(reply.text, /^<\?xml [^>]*\?>\n {6}<CopyObjectResult /);
    assert.equal(isWritten(), true);
  });

  test("has inside the error that would else have been the status", async () => {
    server.faults.add({ kind: "early200" });
    const headers = { "x-amz-copy-source": "/photos/none" };
    const reply = await raw({ ...copy, headers });
    assert.deepEqual([reply.status, reply.code], [200, "NoSuchKey"]);
  });

  test("is nothing for a PUT, which never answers early", async () => {
    server.faults.add({ kind: "errorInside200" });
    assert.equal((await raw(put)).code, undefined);
    assert.equal(server.faults.struck("errorInside200"), 0);
  });
});

describe("a stalled request", () => {
  for (const kind of ["stall", "stallBody"] as const) {
    test(`${kind} ends with the server at the latest`, async () => {
      const own = await startServer({ accounts: [account] });
      await rawRequest(own.port, account, { method: "PUT", target: "/photos" });
      await rawRequest(own.port, account, put);
      own.faults.add({ kind });
      const stalled = rawRequest(own.port, account, { method: "GET", target: "/photos/target" });
      const failed = assert.rejects(stalled, { code: "ECONNRESET" });
      while (own.faults.struck(kind) === 0) await new Promise((resolve) => setImmediate(resolve));
      await own.close();
      await failed;
      assert.deepEqual(own.bugs, []);
    });
  }
});

describe("FaultPlan", () => {
  const target = { operation: "GetObject", method: "GET", bucket: "photos", key: "a" } as const;

  function strikes(
    fault: Fault,
    times: number,
    options: { now?: () => Date; random?: () => number } = {},
  ) {
    const plan = new FaultPlan(options.now ?? (() => new Date(0)), options.random ?? (() => 0.5));
    plan.add(fault);
    return Array.from({ length: times }, () => (plan.draw(target).size > 0 ? "x" : ".")).join("");
  }

  const cases: { name: string; fault: Partial<Fault>; pattern: string }[] = [
    { name: "always strikes without conditions", fault: {}, pattern: "xxxx" },
    { name: "strikes so many times", fault: { count: 2 }, pattern: "xx.." },
    { name: "spares the first", fault: { after: 2, count: 1 }, pattern: "..x." },
    { name: "strikes below its chance", fault: { chance: 0.6 }, pattern: "xxxx" },
    { name: "spares from its chance on", fault: { chance: 0.5 }, pattern: "...." },
    { name: "spares other operations", fault: { operation: "HeadObject" }, pattern: "...." },
    { name: "spares other buckets", fault: { bucket: "other" }, pattern: "...." },
    { name: "spares other keys", fault: { key: "b" }, pattern: "...." },
    { name: "spares so many a second", fault: { ratePerSecond: 3 }, pattern: "...x" },
  ];
  for (const { name, fault, pattern } of cases) {
    test(name, () => assert.equal(strikes({ kind: "slowDown", ...fault }, 4), pattern));
  }

  test("lets requests pass again as time goes by", () => {
    let time = 0;
    const now = () => new Date((time += 250));
    assert.equal(strikes({ kind: "slowDown", ratePerSecond: 2 }, 10, { now }), "...x.x.x.x");
  });
});
