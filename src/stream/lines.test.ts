import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { text as readAll } from "node:stream/consumers";
import { describe, test } from "node:test";
import { type Entry, entryCodec } from "../record/entry.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { OutputClosed, readRecords, writeRecords } from "./lines.ts";
import { collect, type Page, type Pages, pagesOf } from "./pages.ts";

const text = {
  decode: (line: string) => {
    if (line.startsWith("bad")) throw new SyntaxError("it is bad");
    return line;
  },
  encode: (line: string) => line,
};

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function read(
  input: string | Buffer,
  options: { size?: number; skipColumns?: number; comments?: boolean } = {},
): Promise<string[]> {
  const bytes = chunks(Buffer.from(input), options.size ?? 1000);
  return collect(readRecords({ name: "standard input", bytes, ...options }, text));
}

describe("readRecords", () => {
  for (const size of [1, 2, 3, 5, 1000]) {
    test(`cuts at LF only, whatever the chunks (${size} bytes)`, async () => {
      const lines = ["a", "", "é😀\u2028x", "c\rd", "last"];
      assert.deepEqual(await read(lines.join("\n"), { size }), lines);
      assert.deepEqual(await read(`${lines.join("\n")}\n`, { size }), lines);
      assert.deepEqual(await read("", { size }), []);
    });
    test(`drops a CR at the end of lines, and no other (${size} bytes)`, async () => {
      assert.deepEqual(await read("a\r\nb\rc\r\n\r\nd\r\r\nlast\r", { size }), [
        "a",
        "b\rc",
        "",
        "d\r",
        "last",
      ]);
    });
    test(`drops a byte order mark at the start only (${size} bytes)`, async () => {
      assert.deepEqual(await read("\ufeffa\n\ufeffb\n", { size }), ["a", "\ufeffb"]);
    });
  }

  test("drops Hadoop's offset before it looks for comments", async () => {
    const input = "0\t# note\n7\t\n9\t,a\tb\n";
    assert.deepEqual(await read(input, { skipColumns: 1, comments: true }), [",a\tb"]);
  });

  test("passes on what comes before a malformed line, and names the line", async () => {
    const found: string[] = [];
    const lines = readRecords(
      { name: "a.tsv", bytes: chunks(Buffer.from("a\nb\nbad\nc\n"), 3) },
      text,
    );
    await assert.rejects(
      async () => {
        for await (const page of lines) found.push(...page);
      },
      { name: "UserError", reason: "usage", message: "cannot read line 3 of a.tsv: it is bad" },
    );
    assert.deepEqual(found, ["a", "b"]);
  });

  test("names the line that is not UTF-8", async () => {
    const input = Buffer.concat([Buffer.from("a\nb\n"), Buffer.of(0xff, 0x0a), Buffer.from("c\n")]);
    for (const size of [1, 100]) {
      await assert.rejects(read(input, { size }), { message: /line 3 .*not UTF-8/ });
    }
  });

  test("refuses a line without end", async () => {
    await assert.rejects(read("x".repeat(1 << 21), { size: 1 << 16 }), {
      message: /line 1 .*longer/,
    });
  });
});

describe("writeRecords", () => {
  test("writes a large page in pieces of about a MiB", async () => {
    const pieces: number[] = [];
    const output = new Writable({
      decodeStrings: false,
      write(piece: string, _encoding, done) {
        pieces.push(piece.length);
        done();
      },
    });
    const page = Array.from({ length: 3000 }, () => "x".repeat(999));
    await writeRecords(output, pagesOf(page, 3000), text);
    assert.equal(pieces.length, 3);
    assert.ok(Math.max(...pieces) <= 2 ** 20 + 1000);
    assert.equal(
      pieces.reduce((sum, length) => sum + length, 0),
      3_000_000,
    );
  });

  test("writes what readRecords reads, for random keys", async () => {
    const random = seededRandom(7);
    const entries: Entry[] = Array.from({ length: 500 }, (_, i) => ({
      key: randomKey(random),
      etag: "d41d8cd98f00b204e9800998ecf8427e",
      size: i,
      mtime: "2026-11-24 17:00:00",
      attributes: undefined,
    }));
    const pipe = new PassThrough();
    const written = writeRecords(pipe, pagesOf(entries, 7), entryCodec).then(() => pipe.end());
    const found = await collect(readRecords({ name: "pipe", bytes: pipe }, entryCodec));
    await written;
    assert.deepEqual(found, entries);
  });

  describe("has a page of columns", () => {
    test("write its own lines, and makes no record of it", async () => {
      const pipe = new PassThrough();
      const log: string[] = [];
      await writeRecords(pipe, once(unmade("first", log), ["array"], unmade("last", log)), text);
      pipe.end();
      assert.equal(await readAll(pipe), "first by bytes\narray\nlast by bytes\n");
      assert.deepEqual(log, ["first is given back", "last is given back"]);
    });

    test("make its records for a codec that is not its own", async () => {
      const pipe = new PassThrough();
      const other = { encode: (line: string): string => `other ${line}` };
      await writeRecords(pipe, once(unmade("a", []), unmade("b", [])), other);
      pipe.end();
      assert.equal(await readAll(pipe), "other a\nother b\n");
    });

    test("write into the same memory again only when the output has no more use for it", async () => {
      const outputs = [
        { name: "that keeps what it is given", more: {}, isReused: false },
        { name: "with a file descriptor", more: { fd: 1 }, isReused: true },
        { name: "whose file is not open yet", more: { fd: null }, isReused: false },
      ];
      for (const { name, more, isReused } of outputs) {
        const chunks: Buffer[] = [];
        const output = new Writable({
          write: (chunk: Buffer, _encoding, done) => {
            chunks.push(chunk);
            done();
          },
        });
        Object.assign(output, more);
        await writeRecords(output, once(unmade("a", []), unmade("b", [])), text);
        const [first, second] = chunks as [Buffer, Buffer];
        assert.equal(first.buffer === second.buffer, isReused, name);
        assert.equal(second.toString(), "b by bytes\n");
        if (!isReused) assert.equal(first.toString(), "a by bytes\n");
      }
    });
  });

  test("waits for a slow reader", async () => {
    let pulled = 0;
    async function* endless(): AsyncGenerator<readonly string[]> {
      for (;;) {
        pulled++;
        yield ["x"];
      }
    }
    const stuck = new Writable({ write: () => {} });
    void writeRecords(stuck, endless(), text);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(pulled, 1);
  });

  test("says that the output was closed", async () => {
    const closed = new Writable({
      write: (_chunk, _encoding, done) =>
        done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    closed.on("error", () => {});
    await assert.rejects(writeRecords(closed, pagesOf(["a", "b"]), text), OutputClosed);
  });
});

/** A page of one record that is not made yet. */
function unmade(line: string, log: string[]): Page<string> {
  return {
    length: 1,
    at: (index) => [line].at(index),
    columns: {
      codec: text,
      hasNoOutcomes: true,
      writeLines: (lines) => lines.addText(`${line} by bytes\n`),
      release: () => void log.push(`${line} is given back`),
    },
    *[Symbol.iterator]() {
      yield line;
    },
  };
}

async function* once<T>(...pages: readonly Page<T>[]): Pages<T> {
  yield* pages;
}
