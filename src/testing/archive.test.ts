import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";

import { rawRequest } from "./raw-request.ts";
import type { RawReply } from "./raw-request.ts";
import { startServer } from "./server.ts";
import type { S3Server } from "./server.ts";

const account = { accessKeyId: "AKALICE", secretAccessKey: "secret" };
const hourMs = 3_600_000;
const start = Date.parse("2026-11-24T15:30:00Z");
let time = start;
const server: S3Server = await startServer({
  accounts: [account],
  now: () => new Date(time),
  restoreDelayMs: 4 * hourMs,
});
await raw("PUT", "/photos");

beforeEach(() => {
  time = start;
});

after(async () => {
  await server.close();
  assert.deepEqual(server.bugs, []);
});

function raw(
  method: string,
  target: string,
  headers: Record<string, string> = {},
  body = "",
): Promise<RawReply> {
  return rawRequest(server.port, account, { method, target, headers, body, now: new Date(time) });
}

function restore(xml = "<Days>2</Days>"): Promise<RawReply> {
  return raw("POST", "/photos/key?restore", {}, `<RestoreRequest>${xml}</RestoreRequest>`);
}

function put(storageClass: string): Promise<RawReply> {
  return raw("PUT", "/photos/key", { "x-amz-storage-class": storageClass }, "body");
}

async function listedStatus(): Promise<string | undefined> {
  const headers = { "x-amz-optional-object-attributes": "RestoreStatus" };
  const { text } = await raw("GET", "/photos?list-type=2", headers);
  return /<RestoreStatus>(.*)<\/RestoreStatus>/.exec(text)?.[1];
}

for (const storageClass of ["GLACIER", "DEEP_ARCHIVE"]) {
  describe(`an object of class ${storageClass}`, () => {
    test("shows itself but cannot be read or copied", async () => {
      await put(storageClass);
      const head = await raw("HEAD", "/photos/key");
      assert.deepEqual([head.status, head.headers["x-amz-storage-class"]], [200, storageClass]);
      const read = await raw("GET", "/photos/key");
      assert.deepEqual([read.status, read.code], [403, "InvalidObjectState"]);
      const copy = await raw("PUT", "/photos/copy", { "x-amz-copy-source": "photos/key" });
      assert.deepEqual([copy.status, copy.code], [403, "ObjectNotInActiveTierError"]);
      assert.equal(await listedStatus(), undefined);
    });

    test("is restored after a time, and archived again when its days are over", async () => {
      await put(storageClass);
      assert.equal((await restore()).status, 202);
      const again = await restore();
      assert.deepEqual([again.status, again.code], [409, "RestoreAlreadyInProgress"]);
      const ongoing = await raw("HEAD", "/photos/key");
      assert.equal(ongoing.headers["x-amz-restore"], 'ongoing-request="true"');
      assert.equal(await listedStatus(), "<IsRestoreInProgress>true</IsRestoreInProgress>");
      assert.equal((await raw("GET", "/photos/key")).code, "InvalidObjectState");

      time += 4 * hourMs;
      assert.equal((await raw("GET", "/photos/key")).text, "body");
      const done = await raw("HEAD", "/photos/key");
      const expiry = 'ongoing-request="false", expiry-date="Fri, 27 Nov 2026 00:00:00 GMT"';
      assert.equal(done.headers["x-amz-restore"], expiry);
      assert.match((await listedStatus()) ?? "", /false.*2026-11-27T00:00:00.000Z/);
      assert.equal((await restore("<Days>5</Days>")).status, 200);

      time = Date.parse("2026-11-30T00:00:00Z");
      assert.equal((await raw("GET", "/photos/key")).code, "InvalidObjectState");
      assert.equal((await raw("HEAD", "/photos/key")).headers["x-amz-restore"], undefined);
    });
  });
}

describe("an Intelligent-Tiering object that was archived", () => {
  test("says so only by HEAD, and comes back for good", async () => {
    await put("INTELLIGENT_TIERING");
    assert.equal((await raw("GET", "/photos/key")).text, "body");
    server.store.object("photos", "key")!.archiveStatus = "ARCHIVE_ACCESS";
    const head = await raw("HEAD", "/photos/key");
    assert.equal(head.headers["x-amz-archive-status"], "ARCHIVE_ACCESS");
    assert.equal((await raw("GET", "/photos/key")).code, "InvalidObjectState");
    assert.equal((await restore("")).status, 202);
    time += 4 * hourMs;
    assert.equal((await raw("GET", "/photos/key")).text, "body");
    assert.equal((await raw("HEAD", "/photos/key")).headers["x-amz-archive-status"], undefined);
  });
});

describe("RestoreObject", () => {
  const refused = [
    {
      name: "of an object that is not archived",
      storageClass: "STANDARD",
      xml: "<Days>1</Days>",
      code: "InvalidObjectState",
    },
    {
      name: "of one that reads at once",
      storageClass: "GLACIER_IR",
      xml: "<Days>1</Days>",
      code: "InvalidObjectState",
    },
    {
      name: "for no days",
      storageClass: "GLACIER",
      xml: "<Days>0</Days>",
      code: "InvalidArgument",
    },
    { name: "without days", storageClass: "GLACIER", xml: "", code: "MalformedXML" },
    {
      name: "in a hurry from the deepest archive",
      storageClass: "DEEP_ARCHIVE",
      xml: "<Days>1</Days><GlacierJobParameters><Tier>Expedited</Tier></GlacierJobParameters>",
      code: "InvalidArgument",
    },
  ];
  for (const { name, storageClass, xml, code } of refused) {
    test(`is refused ${name}`, async () => {
      await put(storageClass);
      assert.equal((await restore(xml)).code, code);
    });
  }
});
