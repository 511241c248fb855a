import assert from "node:assert/strict";
import { finished } from "node:stream/promises";
import { after, afterEach, before, describe, test } from "node:test";
import { bytesOf, openRig, type Rig } from "../../test/support/rig.ts";
import { ObjectWriter } from "./object-writer.ts";

/** Parts of ten bytes. */
const partBytes = 10;
const text = "the quick brown fox jumps over the lazy dog";

describe("an object that is written bit by bit", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
  });
  after(() => rig.close());
  afterEach(() => {
    rig.server.faults.clear();
    rig.server.requests.clear();
  });

  /** Writes chunks of a text, and ends; `upTo` of them is all that comes. */
  async function write(
    key: string,
    { length, chunk, upTo = length }: { length: number; chunk: number; upTo?: number },
  ): Promise<void> {
    const writer = new ObjectWriter(rig.target, key, { partBytes });
    const written = finished(writer);
    // Met at the end.
    written.catch(() => {});
    for (let at = 0; at < upTo && writer.writable; at += chunk) {
      await new Promise((resolve) =>
        writer.write(text.slice(at, Math.min(at + chunk, length)), resolve),
      );
    }
    if (upTo === length) writer.end();
    else writer.destroy(new Error("given up"));
    await written;
  }

  for (const { length, chunk, requests } of [
    { length: 0, chunk: 1, requests: ["PutObject"] },
    { length: 9, chunk: 4, requests: ["PutObject"] },
    { length: 10, chunk: 10, requests: ["PutObject"] },
    { length: 11, chunk: 3, requests: ["CreateMultipartUpload", "2 UploadPart"] },
    { length: 20, chunk: 20, requests: ["CreateMultipartUpload", "2 UploadPart"] },
    { length: 43, chunk: 1, requests: ["CreateMultipartUpload", "5 UploadPart"] },
    { length: 43, chunk: 43, requests: ["CreateMultipartUpload", "5 UploadPart"] },
  ]) {
    test(`of ${length} bytes, ${chunk} at a time, takes ${requests.join(", ")}`, async () => {
      const key = `${length} by ${chunk}`;
      await write(key, { length, chunk });
      assert.equal(textOf(rig, key), text.slice(0, length));
      for (const request of requests) {
        const [operation, count = "1"] = request.split(" ").toReversed();
        assert.equal(rig.server.requests.count(operation as "PutObject"), Number(count));
      }
    });
  }

  for (const [what, fault] of [
    ["parts are refused for a while", { kind: "slowDown", operation: "UploadPart", count: 3 }],
    [
      "the answer to its beginning is lost",
      { kind: "resetAfter", operation: "CreateMultipartUpload", count: 1 },
    ],
    [
      "the answer to its end is lost",
      { kind: "resetAfter", operation: "CompleteMultipartUpload", count: 1 },
    ],
    ["a PUT's answer is lost", { kind: "resetAfter", operation: "PutObject", count: 1 }],
  ] as const) {
    test(`is whole though ${what}`, async () => {
      rig.server.faults.add(fault);
      const length = fault.operation === "PutObject" ? 8 : 43;
      await write(what, { length, chunk: 7 });
      assert.equal(rig.server.faults.struck(fault.kind), fault.count);
      assert.equal(textOf(rig, what), text.slice(0, length));
      assert.deepEqual(uploads(rig), []);
    });
  }

  for (const [what, fault, code] of [
    [
      "parts are refused",
      { kind: "error", code: "AccessDenied", operation: "UploadPart", after: 2 },
      "AccessDenied",
    ],
    [
      "its end is refused",
      { kind: "error", code: "AccessDenied", operation: "CompleteMultipartUpload" },
      "AccessDenied",
    ],
    ["other bytes arrive", { kind: "flipBody", operation: "UploadPart", count: 1 }, "BadDigest"],
  ] as const) {
    test(`is not there, nor its upload, when ${what}`, async () => {
      rig.server.faults.add(fault);
      await assert.rejects(write("refused", { length: 43, chunk: 7 }), { code });
      assert.equal(rig.at("refused").target, undefined);
      assert.deepEqual(uploads(rig), []);
    });
  }

  test("is not there, nor its upload, when who writes gives up", async () => {
    await assert.rejects(write("given up", { length: 43, chunk: 7, upTo: 28 }), /given up/);
    assert.equal(rig.server.requests.count("CreateMultipartUpload"), 1);
    assert.equal(rig.at("given up").target, undefined);
    assert.deepEqual(uploads(rig), []);
  });
});

function textOf(rig: Rig, key: string): string | undefined {
  const { target } = rig.at(key);
  return target && bytesOf(target).toString();
}

function uploads(rig: Rig): readonly string[] {
  return [...rig.server.store.uploads(rig.target.name)].map(({ key }) => key);
}
