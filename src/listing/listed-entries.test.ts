import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { list, randomList } from "../../test/support/random-list.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { entryCodec } from "../record/entry.ts";
import { listPageOf, objectsOf } from "../s3/list-page.ts";
import { percentEncode } from "../s3/percent-encode.ts";
import { encodeEntities } from "../s3/xml-entities.ts";
import { LineBuffer } from "../stream/line-buffer.ts";
import { ListedEntries } from "./listed-entries.ts";
import { entryOf } from "./listed-entry.ts";

const md5 = "58dce262c7c7133ff80c50690d0f12e6";
const last = "<IsTruncated>false</IsTruncated>";
const encoded = "<EncodingType>url</EncodingType>";

interface Fields {
  readonly key?: string;
  readonly time?: string;
  readonly etag?: string;
  readonly size?: string;
  readonly more?: string;
}

function contents({
  key = "a",
  time = "2026-11-24T17:32:03.000Z",
  etag = md5,
  size = "5",
  more = "",
}: Fields = {}): string {
  return (
    `<Contents><Key>${key}</Key><LastModified>${time}</LastModified>` +
    `<ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size>${more}</Contents>`
  );
}

function entriesOf(xml: string): ListedEntries {
  return new ListedEntries(listPageOf(Buffer.from(xml)));
}

/** The lines as bytes, read back. */
function linesOf(xml: string): string {
  const lines = new LineBuffer();
  entriesOf(xml).writeLines(lines);
  return lines.written().toString();
}

/** The same by way of a record for each. */
function linesOfRecords(xml: string): string {
  const objects = objectsOf(listPageOf(Buffer.from(xml)).rows);
  return objects.map((object) => `${entryCodec.encode(entryOf(object))}\n`).join("");
}

describe("the lines of listed entries", () => {
  const usual = `\t${md5}\t5\t2026-11-24 17:32:03`;
  const checksum = (algorithm: string, type: string): string =>
    `<ChecksumAlgorithm>${algorithm}</ChecksumAlgorithm><ChecksumType>${type}</ChecksumType>`;
  const cases: readonly {
    readonly name: string;
    readonly object: Fields;
    readonly line: string;
  }[] = [
    { name: "an object", object: {}, line: `a${usual}` },
    {
      name: "a key that is escaped",
      object: { key: "%09%5C%00+b" },
      line: `\\t\\\\\\x00 b${usual}`,
    },
    {
      name: "a mark at a key's start",
      object: { key: "%EF%BB%BFx" },
      line: `\\xEF\\xBB\\xBFx${usual}`,
    },
    { name: "a key that is sent as it is", object: { key: "é😀\\" }, line: `é😀\\\\${usual}` },
    { name: "entities in a key", object: { key: "&#9;&amp;%26" }, line: `\\t&&${usual}` },
    {
      name: "a size with zeros before it",
      object: { size: "00120" },
      line: `a\t${md5}\t120\t2026-11-24 17:32:03`,
    },
    { name: "a size of zeros", object: { size: "000" }, line: `a\t${md5}\t0\t2026-11-24 17:32:03` },
    { name: "a time to the second", object: { time: "2026-11-24T17:32:03Z" }, line: `a${usual}` },
    {
      name: "a time that is a date",
      object: { time: "2026-11-24" },
      line: `a\t${md5}\t5\t2026-11-24 `,
    },
    {
      name: "an ETag that is escaped",
      object: { etag: "a\\&#9;&amp;" },
      line: "a\ta\\\\\\t&\t5\t2026-11-24 17:32:03",
    },
    { name: "no ETag", object: { etag: "" }, line: "a\t\t5\t2026-11-24 17:32:03" },
    {
      name: "a storage class",
      object: { more: "<StorageClass>GLACIER</StorageClass>" },
      line: `a${usual}\tclass=GLACIER`,
    },
    {
      name: "until when it is restored",
      object: {
        more: "<RestoreStatus><RestoreExpiryDate>2026-12-01T00:00:00.000Z</RestoreExpiryDate></RestoreStatus>",
      },
      line: `a${usual}\trestore=2026-12-01+00:00:00`,
    },
    {
      name: "that it is being restored",
      object: {
        more: "<RestoreStatus><IsRestoreInProgress>true</IsRestoreInProgress></RestoreStatus>",
      },
      line: `a${usual}\trestore=ongoing`,
    },
    {
      name: "the checksum of the whole of an object in parts",
      object: { etag: `${md5}-12345`, more: checksum("CRC32", "FULL_OBJECT") },
      line: `a\t${md5}-12345\t5\t2026-11-24 17:32:03\tchecksum=CRC32`,
    },
    {
      name: "none of an object in more parts than there can be",
      object: { etag: `${md5}-123456`, more: checksum("CRC32", "FULL_OBJECT") },
      line: `a\t${md5}-123456\t5\t2026-11-24 17:32:03`,
    },
    {
      name: "none of an object in one piece",
      object: { more: checksum("CRC32", "FULL_OBJECT") },
      line: `a${usual}`,
    },
    {
      name: "none where the ETag ends in a dash",
      object: { etag: `${md5}-`, more: checksum("CRC32", "FULL_OBJECT") },
      line: `a\t${md5}-\t5\t2026-11-24 17:32:03`,
    },
  ];
  for (const { name, object, line } of cases) {
    test(`have ${name}, alone and between others`, () => {
      const plain = contents({ key: "before" });
      assert.equal(linesOf(list(contents(object), encoded, last)), `${line}\n`);
      assert.equal(
        linesOf(list(plain, contents(object), contents(object), plain, encoded, last)),
        `before${usual}\n${line}\n${line}\nbefore${usual}\n`,
      );
    });
  }

  test("are those of the records, for random lists", () => {
    for (let seed = 1; seed <= 1000; seed++) {
      const xml = randomList(seededRandom(seed));
      assert.equal(linesOf(xml), linesOfRecords(xml), `seed ${seed}`);
    }
  });

  test("are those of the records, for random keys of any length, sent in either way", () => {
    const random = seededRandom(5);
    const keys = Array.from({ length: 3000 }, () =>
      randomKey(random).repeat(1 + Math.floor(random() * 20)),
    );
    for (const [write, asked] of [
      [percentEncode, encoded],
      [encodeEntities, ""],
    ] as const) {
      const xml = list(...keys.map((key) => contents({ key: write(key) })), asked, last);
      const found = linesOf(xml);
      assert.equal(found, linesOfRecords(xml));
      const read = found.split("\n").slice(0, -1);
      assert.deepEqual(
        read.map((line) => entryCodec.decode(line).key),
        keys,
      );
    }
  });

  test("are added to what is there, though every byte of them is escaped", () => {
    const key = "%09".repeat(1024);
    const lines = new LineBuffer();
    lines.addText("# entries\n");
    entriesOf(
      list(...Array.from({ length: 1500 }, () => contents({ key })), encoded, last),
    ).writeLines(lines);
    const line = `${"\\t".repeat(1024)}${usual}\n`;
    assert.equal(lines.written().toString(), `# entries\n${line.repeat(1500)}`);
  });
});

describe("a page of listed entries", () => {
  // Large enough not to share its memory.
  const key = "k".repeat(1000);
  const large = list(...Array.from({ length: 200 }, () => contents({ key })), last);

  test("tells how many there are and how large without making them", () => {
    const page = entriesOf(list(contents({ size: "7" }), contents({ size: "5" }), last));
    page.release();
    assert.deepEqual([page.length, page.totalBytes], [2, 12]);
  });

  test("gives entries as often as they are asked for", () => {
    const page = entriesOf(large);
    assert.equal([...page].length, 200);
    assert.deepEqual([...page], [...page]);
    assert.deepEqual([...page][0], {
      key,
      etag: md5,
      size: 5,
      mtime: "2026-11-24 17:32:03",
    });
  });

  test("writes the same lines after its entries were made", () => {
    const page = entriesOf(large);
    assert.equal([...page].length, 200);
    const lines = new LineBuffer();
    page.writeLines(lines);
    assert.equal(lines.written().toString(), linesOf(large));
  });

  test("keeps entries that were made when it gives its memory back, and makes none afterwards", () => {
    const made = entriesOf(large);
    const before = [...made];
    made.release();
    assert.deepEqual([...made], before);

    const unmade = entriesOf(large);
    unmade.release();
    unmade.release();
    assert.throws(() => [...unmade], /memory was given back/);
    assert.throws(() => unmade.writeLines(new LineBuffer()), /memory was given back/);
  });

  test("gives back a reply of its own, also one that does not fill its buffer, and no shared memory", () => {
    const bytes = Buffer.from(large);
    const cases = [
      { name: "its own", reply: Buffer.concat([bytes]), isFreed: true },
      { name: "a longer one", reply: roomy(bytes, 0, 1000), isFreed: true },
      { name: "behind something else", reply: roomy(bytes, 1000, 0), isFreed: false },
      { name: "small", reply: Buffer.from(list(contents(), last)), isFreed: false },
    ];
    for (const { name, reply, isFreed } of cases) {
      const { buffer } = reply;
      const page = new ListedEntries(listPageOf(reply));
      page.writeLines(new LineBuffer());
      page.release();
      assert.equal(buffer.byteLength === 0, isFreed, name);
    }
  });
});

/** The same bytes in a larger buffer. */
function roomy(bytes: Buffer, before: number, behind: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(before + bytes.length + behind);
  bytes.copy(larger, before);
  return larger.subarray(before, before + bytes.length);
}
