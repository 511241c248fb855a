import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, describe, test } from "node:test";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { interfered } from "../../test/support/wrap-client.ts";
import { writeObject } from "../../test/support/write-object.ts";
import { openSource, type SourceBody, type SourceRead } from "./source-body.ts";

const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251));
const md5 = (body: Uint8Array): string => createHash("md5").update(body).digest("hex");

describe("openSource", () => {
  let rig: Rig;
  let etag: string;
  before(async () => {
    rig = await openRig();
    await writeObject(rig.source, { key: "k", body: bytes });
    await writeObject(rig.source, { key: "parts", body: bytes, parts: [100_000, 100_000] });
    etag = rig.at("k").source!.etag;
  });
  after(() => rig.close());
  afterEach(() => {
    rig.server.faults.clear();
    rig.server.requests.clear();
  });

  const open = (read: Partial<SourceRead> = {}, bucket = rig.source): Promise<SourceBody> =>
    openSource(bucket, "k", { ifMatch: etag, hash: () => true, maxHeldBytes: 1000, ...read }, {});

  test("holds few bytes, and knows their MD5 at once", async () => {
    const source = await open({ maxHeldBytes: bytes.length });
    assert.ok(Buffer.isBuffer(source.body) && source.body.equals(bytes));
    assert.equal(source.md5(), md5(bytes));
    source.discard();
  });

  test("streams more, and knows their MD5 at the end", async () => {
    const source = await open({ maxHeldBytes: bytes.length - 1 });
    assert.equal(source.md5(), undefined);
    assert.ok((await readAll(source)).equals(bytes));
    assert.equal(source.md5(), md5(bytes));
    assert.equal(source.length, bytes.length);
  });

  test("takes no MD5 where none is asked for", async () => {
    const source = await open({ hash: () => false });
    await readAll(source);
    assert.equal(source.md5(), undefined);
  });

  test("gives a range", async () => {
    const source = await open({ range: { first: 5, last: 150_004 } });
    assert.equal(source.length, 150_000);
    assert.ok((await readAll(source)).equals(bytes.subarray(5, 150_005)));
  });

  const breaks: readonly {
    readonly name: string;
    readonly read: Partial<SourceRead>;
    readonly from: number;
    readonly to: number;
  }[] = [
    { name: "the whole", read: {}, from: 0, to: 200_000 },
    { name: "a range", read: { range: { first: 7, last: 99_999 } }, from: 7, to: 100_000 },
  ];
  for (const { name, read, from, to } of breaks) {
    test(`goes on with ${name} from the last good byte when the body breaks off`, async () => {
      rig.server.faults.add({ kind: "cutBody", count: 3, afterBytes: 1000 });
      const source = await open(read);
      const expected = bytes.subarray(from, to);
      assert.ok((await readAll(source)).equals(expected));
      assert.equal(source.md5(), md5(expected));
      assert.equal(rig.server.requests.count("GetObject"), 4);
    });
  }

  test("goes on with a part that was asked for by its number", async () => {
    rig.server.faults.add({ kind: "cutBody", count: 1, afterBytes: 1000 });
    const read = {
      ifMatch: rig.at("parts").source!.etag,
      partNumber: 2,
      hash: () => true,
      maxHeldBytes: 1000,
    };
    const source = await openSource(rig.source, "parts", read, {});
    assert.ok((await readAll(source)).equals(bytes.subarray(100_000)));
  });

  test("does not go on with an object that has changed meanwhile", async () => {
    rig.server.faults.add({ kind: "cutBody", count: 1, afterBytes: 1000 });
    const bucket = interfered(rig.source, {
      async request(asked) {
        if (asked.headers?.["range"] !== undefined) {
          await writeObject(rig.source, { key: "k", body: Buffer.alloc(bytes.length) });
        }
        return asked;
      },
    });
    const source = await open({}, bucket);
    await assert.rejects(readAll(source), { code: "PreconditionFailed" });
    await writeObject(rig.source, { key: "k", body: bytes });
  });

  test("gives up on a body that breaks off again and again", async () => {
    rig.server.faults.add({ kind: "cutBody", afterBytes: 10 });
    const source = await open();
    await assert.rejects(readAll(source));
    assert.equal(rig.server.requests.count("GetObject"), 11);
  });

  test("is pinned to what was listed", async () => {
    await assert.rejects(open({ ifMatch: "0123" }), { code: "PreconditionFailed" });
  });

  describe("can be given up", () => {
    test("before it is read, while it is, and after", async () => {
      const unread = await open();
      unread.discard();
      unread.discard();

      const started = await open();
      assert.ok(typeof started.body === "function");
      const reading = started.body()[Symbol.asyncIterator]();
      assert.equal((await reading.next()).done, false);
      started.discard();
      started.discard();
      assert.equal((await reading.next()).done, true, "no more comes");

      const asked = await open();
      assert.ok(typeof asked.body === "function");
      asked.body();
      asked.discard();

      const ended = await open();
      await readAll(ended);
      ended.discard();
    });
  });
});

async function readAll({ body }: SourceBody): Promise<Buffer> {
  assert.ok(typeof body === "function", "the body is a stream");
  const chunks: Uint8Array[] = [];
  for await (const chunk of body()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
