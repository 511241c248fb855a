import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { asLines, fastClock } from "../../test/support/pipe.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { interfered } from "../../test/support/wrap-client.ts";
import { Counters } from "../counters.ts";
import type { Attributes } from "../record/attributes.ts";
import type { Result } from "../record/result.ts";
import { createMultipartUpload } from "../s3/create-multipart-upload.ts";
import { S3Error } from "../s3/error.ts";
import { multipartEtag } from "../s3/multipart-etag.ts";
import { uploadPart } from "../s3/upload-part.ts";
import { fullChecksum } from "../testing/checksums.ts";
import { collect, pagesOf } from "../stream/pages.ts";
import { multipartcomplete, type MultipartcompleteNeeds } from "./multipartcomplete.ts";

const kms = { "x-amz-server-side-encryption": "aws:kms" };
const bodies = ["hello ", "world"];

describe("multipartcomplete", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
  });
  after(() => rig.close());
  beforeEach(() => {
    rig.server.faults.clear();
    const bucket = rig.server.store.bucket(rig.target.name);
    for (const key of rig.server.store.keys(rig.target.name)) bucket.versions.delete(key);
    for (const { key } of rig.server.store.uploads(rig.target.name)) bucket.uploads.delete(key);
    rig.server.requests.clear();
  });

  test("passes on what is no upload's, as it is and without a request", async () => {
    const rows: Result[] = [
      { key: "a", etag: "e", newEtag: "e", attributes: undefined },
      {
        key: "b",
        etag: "e",
        newEtag: undefined,
        attributes: { outcome: "failed", code: "NoSuchKey", size: "1" },
      },
      {
        key: "c",
        etag: "e-2",
        newEtag: undefined,
        attributes: { outcome: "skipped", code: "UnknownParts" },
      },
    ];
    assert.deepEqual(plain(await complete(rows)), plain(rows));
    assert.equal(rig.server.requests.total, 0);
  });

  test("completes an upload whose parts are all there, in any order, by one request", async () => {
    const rows = await upload("k");
    rig.server.requests.clear();
    const results = await complete(rows.toReversed());
    assert.equal(rig.server.store.bytes(rig.target.name, "k")?.toString(), bodies.join(""));
    assert.equal(rig.at("k").target?.etag, rows[0]?.etag);
    assert.deepEqual(plain(results), plain(rows), "as they were, in the order of their numbers");
    assert.deepEqual(rig.server.requests.byOperation(), { CompleteMultipartUpload: 1 });
  });

  describe("ends an upload", () => {
    const cases: readonly {
      readonly name: string;
      readonly change: (rows: readonly Result[]) => readonly Result[];
      readonly codes: readonly string[];
    }[] = [
      {
        name: "of which the last part is missing",
        change: (rows) => rows.slice(0, 1),
        codes: ["MissingParts"],
      },
      {
        name: "of which the first part is missing",
        change: (rows) => rows.slice(1),
        codes: ["MissingParts"],
      },
      {
        name: "of which a part is at another place",
        change: (rows) => rows.map((row) => ({ ...row, part: { ...row.part!, start: 0 } })),
        codes: ["MissingParts", "MissingParts"],
      },
      {
        name: "of which a part has failed",
        change: ([first, second]) => [
          first!,
          {
            ...second!,
            newEtag: undefined,
            attributes: { outcome: "failed", code: "PreconditionFailed" },
          },
        ],
        codes: ["UploadAborted", "PreconditionFailed"],
      },
      {
        name: "of which a part was skipped",
        change: ([first, second]) => [
          first!,
          {
            ...second!,
            newEtag: undefined,
            attributes: { outcome: "skipped", code: "archived" },
          },
        ],
        codes: ["UploadAborted", "archived"],
      },
      {
        name: "whose ETag would be another",
        change: (rows) => rows.map((row) => ({ ...row, etag: `${"0".repeat(32)}-2` })),
        codes: ["ETagMismatch", "ETagMismatch"],
      },
      {
        name: "of which a part has no ETag",
        change: (rows) => rows.map((row) => ({ ...row, newEtag: undefined })),
        codes: ["ETagMismatch", "ETagMismatch"],
      },
      {
        name: "of which a part is not what was said",
        change: (rows) =>
          rows.map((row) => ({ ...row, newEtag: "0".repeat(32), attributes: { proof: "none" } })),
        codes: ["InvalidPart", "InvalidPart"],
      },
      {
        name: "whose checksum would be another",
        change: (rows) =>
          rows.map((row) => ({ ...row, attributes: { whole: "CRC64NVME:AAAAAAAAAAA=" } })),
        codes: ["BadDigest", "BadDigest"],
      },
    ];
    for (const { name, change, codes } of cases) {
      test(name, async () => {
        const results = await complete(change(await upload("k")));
        assert.deepEqual(
          results.map(({ attributes }) => attributes?.code),
          codes,
        );
        assert.ok(results.every(({ attributes }) => attributes?.outcome !== undefined));
        assert.ok(results.every(({ newEtag }) => newEtag === undefined));
        assertNothing();
      });
    }
  });

  test("says how large an object is that it may not make, so that it can be fed in again", async () => {
    rig.server.faults.add({
      kind: "error",
      code: "AccessDenied",
      operation: "CompleteMultipartUpload",
    });
    const results = await complete(await upload("k"));
    assert.deepEqual(
      results.map(({ attributes }) => `${attributes?.code} ${attributes?.["size"]}`),
      ["AccessDenied 11", "AccessDenied 11"],
    );
  });

  describe("where the parts are a guess that the ETag does not prove", () => {
    const guessed = async (): Promise<readonly Result[]> =>
      (await upload("k")).map((row) => ({
        ...row,
        etag: `${"0".repeat(32)}-2`,
        attributes: { proof: "guess" },
      }));

    test("completes the upload, and says that the ETag is another", async () => {
      const results = await complete(await guessed());
      const { etag } = rig.at("k").target!;
      assert.deepEqual(
        results.map(({ attributes }) => `${attributes?.code} ${attributes?.["newetag"]}`),
        [`ETagDiffers ${etag}`, `ETagDiffers ${etag}`],
      );
    });

    for (const [onUnknownParts, outcome] of [
      ["skip", "skipped"],
      ["fail", "failed"],
    ] as const) {
      test(`ends it by on-unknown-parts ${onUnknownParts}`, async () => {
        const results = await complete(await guessed(), { onUnknownParts });
        assert.deepEqual(
          results.map(({ attributes }) => `${attributes?.outcome} ${attributes?.code}`),
          [`${outcome} UnknownParts`, `${outcome} UnknownParts`],
        );
        assertNothing();
      });
    }
  });

  test("proves an upload under KMS by the MD5s of what was read", async () => {
    const rows = await upload("k", { headers: kms });
    const results = await complete(rows);
    assert.equal(rig.at("k").target?.encryption.algorithm, "aws:kms");
    assert.deepEqual(
      results.map(({ attributes }) => attributes?.code),
      ["ETagDiffers", "ETagDiffers"],
    );
    const wrong = (await upload("l", { headers: kms })).map((row) => ({
      ...row,
      attributes: { ...row.attributes, md5: "0".repeat(32) },
    }));
    const [result] = await complete(wrong);
    assert.equal(result?.attributes?.code, "ETagMismatch");
    assert.equal(rig.at("l").target, undefined);
  });

  test("keeps what earlier stages had to say", async () => {
    const rows = (await upload("k")).map((row) => ({
      ...row,
      attributes: { code: "MissingMetadata" },
    }));
    const results = await complete(rows);
    assert.deepEqual(
      results.map(({ attributes }) => attributes?.code),
      ["MissingMetadata", "MissingMetadata"],
    );
  });

  test("finds out that a server forgot the tags", async () => {
    const rows = await upload("k");
    const tagged = rows.map((row, i) => (i === 0 ? { ...row, attributes: { tags: "2" } } : row));
    const results = await complete(tagged);
    assert.deepEqual(
      results.map(({ attributes }) => attributes?.code),
      ["TagsLost", "TagsLost"],
    );
  });

  test("asks for tags only where they may be forgotten: not on AWS", async () => {
    const rows = await upload("k");
    const tagged = rows.map((row, i) => (i === 0 ? { ...row, attributes: { tags: "2" } } : row));
    const { target } = rig.reopen();
    rig.server.requests.clear();
    await complete(tagged, {
      target: { ...target, endpoint: "https://s3.us-east-1.amazonaws.com" },
    });
    assert.equal(rig.server.requests.total, 1);
  });

  describe("twice", () => {
    for (const [name, headers] of [
      ["an upload", {}],
      ["one under KMS", kms],
    ] as const) {
      test(`of ${name}, one after the other, says the same`, async () => {
        const rows = await upload("k", { headers, whole: true });
        const first = await complete(rows);
        const object = rig.at("k").target;
        assert.deepEqual(plain(await complete(rows)), plain(first));
        assert.equal(rig.at("k").target, object, "and changes nothing");
      });

      test(`of ${name}, at once, says the same`, async () => {
        const rows = await upload("k", { headers, whole: true });
        const both = await Promise.all([complete(rows), complete(rows)]);
        assert.deepEqual(plain(both[0]), plain(both[1]));
        assert.ok(both[0].every(({ attributes }) => attributes?.outcome === undefined));
        assert.equal(rig.at("k").target?.size, bodies.join("").length);
        assertNoUploads();
      });
    }

    test("with the rows of two tries of objectcopy mixed, says all of them are copied", async () => {
      const rows = await upload("k");
      const results = await complete([rows[0]!, rows[0]!, rows[1]!, rows[1]!]);
      assert.equal(rig.at("k").target?.etag, rows[0]?.etag);
      assert.deepEqual(
        results.map(({ part, attributes }) => `${part?.part} ${attributes?.code}`).sort(),
        ["1 undefined", "2 undefined", "2 undefined"],
      );
    });

    test("with late rows while the upload is being completed, does not abort it", async () => {
      const rows = await upload("k");
      const target = interfered(rig.target, {
        async request(asked) {
          // Time enough for whoever does not wait.
          if (asked.operation === "CompleteMultipartUpload") await setTimeout(20);
          return asked;
        },
      });
      const results = await complete([...rows, rows[1]!], { target });
      assert.deepEqual(
        results.map(({ attributes }) => attributes?.code),
        [undefined, undefined, undefined],
      );
      assert.equal(rig.at("k").target?.etag, rows[0]?.etag);
    });

    test("with two uploads of one key, as of two tries of multipartlist, completes both", async () => {
      const [first, second] = [await upload("k"), await upload("k")];
      const results = await complete([first[0]!, second[0]!, second[1]!, first[1]!]);
      assert.equal(results.length, 4);
      assert.ok(results.every(({ attributes }) => attributes === undefined));
      assertNoUploads();
    });

    test("with rows of an objectcopy that found its upload completed, says it is copied", async () => {
      const rows = await upload("k");
      await complete(rows);
      const late = rows.map((row) => ({
        ...row,
        newEtag: undefined,
        attributes: { outcome: "failed", code: "NoSuchUpload", size: "11" } as const,
      }));
      const results = await complete(late);
      assert.ok(results.every(({ attributes }) => attributes?.outcome === undefined));
    });

    test("with such rows, but another object there, says that it failed", async () => {
      const rows = await upload("k");
      await complete(rows);
      const late = rows.map((row) => ({
        ...row,
        etag: "00-2",
        newEtag: undefined,
        attributes: { outcome: "failed", code: "NoSuchUpload" } as const,
      }));
      const results = await complete(late);
      assert.deepEqual(
        results.map(({ attributes }) => attributes?.code),
        ["NoSuchUpload", "NoSuchUpload"],
      );
    });

    test("with parts missing of an upload that is under way, does not take an object from before for its", async () => {
      await complete(await upload("k"));
      const [first] = await upload("k");
      const results = await complete([first!]);
      assert.deepEqual(
        results.map(({ attributes }) => attributes?.code),
        ["MissingParts"],
      );
      assertNoUploads();
    });
  });

  describe("when the answer to Complete is lost", () => {
    for (const [name, object] of [
      ["of an upload", {}],
      ["of one under KMS with a checksum of the whole", { headers: kms, whole: true }],
      ["of one under KMS with checksums of the parts", { headers: kms, composite: true }],
    ] as const) {
      test(`${name}, finds the object`, async () => {
        const rows = await upload("k", object);
        rig.server.faults.add({
          kind: "resetAfter",
          operation: "CompleteMultipartUpload",
          count: 1,
        });
        const results = await complete(rows);
        assert.ok(rig.at("k").target);
        assert.ok(results.every(({ attributes }) => attributes?.outcome === undefined));
      });
    }
  });

  test("says so when an upload could not be ended", async () => {
    const rows = await upload("k");
    const target = interfered(rig.target, {
      request(asked) {
        if (asked.operation !== "AbortMultipartUpload") return asked;
        throw new S3Error("AccessDenied", "no", { status: 403 });
      },
    });
    const [result] = await complete(rows.slice(1), { target });
    assert.equal(result?.attributes?.code, "MissingParts,UploadLeft");
  });

  test("of a dry run changes nothing and says what it would do", async () => {
    const rows = [...(await upload("good\n")), ...(await upload("bad")).slice(1)];
    const report: string[] = [];
    rig.server.requests.clear();
    const results = await complete(rows, { dryRun: true, report: (text) => report.push(text) });
    assert.deepEqual(report, [
      `would complete good\\n:${rows[0]?.part?.uploadId}`,
      `would abort (MissingParts) bad:${rows[2]?.part?.uploadId}`,
    ]);
    assert.deepEqual(plain(results), plain(rows));
    assert.equal(rig.server.requests.total, 0);
  });

  describe("when the run is lost", () => {
    test("because the bucket is not there, gives each row, says that uploads are left, and then throws", async () => {
      const rows = [...(await upload("a")), ...(await upload("b"))];
      const results: Result[] = [];
      const target = { ...rig.target, name: "no-such-bucket" };
      const work = async (): Promise<void> => {
        for await (const page of run(rows, { target })) results.push(...page);
      };
      await assert.rejects(
        work,
        (error) => error instanceof S3Error && error.code === "NoSuchBucket",
      );
      assert.deepEqual(
        results.map(({ attributes }) => attributes?.code),
        Array(4).fill("NoSuchBucket,UploadLeft"),
      );
    });

    test("by an interrupt, still settles what comes", async () => {
      const rows = [...(await upload("a")), ...(await upload("b")).slice(1)];
      const results = await complete(rows, { signal: AbortSignal.abort(new Error("interrupted")) });
      assert.equal(results.length, 3);
      assert.ok(rig.at("a").target);
      assertNoUploads();
    });
  });

  describe("whose reader is gone, or whose input breaks off", () => {
    test("ends uploads whose other parts will not come", async () => {
      const rows = [...(await upload("a")), ...(await upload("b")).slice(1)];
      for await (const page of run([rows[2]!, ...rows])) {
        assert.ok(page.length > 0);
        break;
      }
      assertNoUploads();
    });

    test("leaves them to the next try in a Hadoop task", async () => {
      const rows = await upload("b");
      async function* broken() {
        yield rows.slice(1);
        throw new Error("input");
      }
      const signal = new AbortController().signal;
      const context = { counters: new Counters(), concurrency: 2, signal, target: rig.target };
      await assert.rejects(
        collect(multipartcomplete.run(broken(), { ...context, keepUploads: true })),
      );
      assert.equal(rig.server.store.uploads(rig.target.name).length, 1);
      await assert.rejects(collect(multipartcomplete.run(broken(), context)), /input/);
      assertNoUploads();
    });
  });

  type Needs = Partial<MultipartcompleteNeeds> & { signal?: AbortSignal };

  function run(
    rows: readonly Result[],
    needs: Needs = {},
  ): ReturnType<typeof multipartcomplete.run> {
    const { target } = rig.reopen({ clock: fastClock(50) });
    const { signal = new AbortController().signal } = needs;
    const context = { counters: new Counters(), concurrency: 2, target };
    const lines = asLines(pagesOf(rows, 1), multipartcomplete.reads);
    return asLines(
      multipartcomplete.run(lines, { ...context, ...needs, signal }),
      multipartcomplete.writes,
    );
  }

  function complete(rows: readonly Result[], needs: Needs = {}): Promise<readonly Result[]> {
    return collect(run(rows, needs));
  }

  /** Uploads the parts of an object, and makes the rows that objectcopy writes. */
  async function upload(
    key: string,
    {
      headers = {},
      whole = false,
      composite = false,
    }: {
      readonly headers?: Record<string, string>;
      readonly whole?: boolean;
      readonly composite?: boolean;
    } = {},
  ): Promise<readonly Result[]> {
    const checksum = composite ? ({ algorithm: "SHA256", type: "COMPOSITE" } as const) : undefined;
    const { uploadId } = await createMultipartUpload(rig.target, key, { headers, checksum });
    const parts = [];
    let start = 0;
    for (const [i, text] of bodies.entries()) {
      const body = Buffer.from(text);
      const sum = checksum && fullChecksum(checksum.algorithm, [body]);
      const sent = { uploadId, partNumber: i + 1, body, length: body.length, checksum: sum };
      const { etag } = await uploadPart(rig.target, key, sent);
      const [stored] = rig.server.store
        .uploads(rig.target.name)
        .filter((one) => one.uploadId === uploadId);
      const md5 = stored!.parts.get(i + 1)!.md5.toString("hex");
      parts.push({ etag, md5, start, stop: start + body.length - 1, sum });
      start += body.length;
    }
    const etag = multipartEtag(parts.map(({ md5 }) => md5))!;
    const crc = fullChecksum("CRC64NVME", [Buffer.from(bodies.join(""))]).value;
    return parts.map((part, i) => {
      const all: Attributes = {
        md5: part.md5 === part.etag ? undefined : part.md5,
        whole: whole ? `CRC64NVME:${crc}` : undefined,
        checksum: part.sum && `${part.sum.algorithm}:${part.sum.value}`,
      };
      const shown = Object.entries(all).filter(([, value]) => value !== undefined);
      return {
        key,
        etag,
        newEtag: part.etag,
        part: { uploadId, part: i + 1, start: part.start, stop: part.stop },
        attributes: shown.length > 0 ? Object.fromEntries(shown) : undefined,
      };
    });
  }

  function assertNoUploads(): void {
    assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
  }

  function assertNothing(): void {
    assert.deepEqual(rig.server.store.keys(rig.target.name), []);
    assertNoUploads();
  }
});

/** Records as they compare: their lines. */
function plain(results: readonly Result[]): readonly string[] {
  return results.map((result) => multipartcomplete.writes.encode(result));
}
