import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { entryCodec } from "../record/entry.ts";
import {
  columnsForm,
  humanForm,
  humanSize,
  jsonForm,
  type Listed,
  plainForm,
} from "./list-form.ts";

const plain = "a\\tb\tff-2\t1536\t2026-11-24 17:32:03";
const archived = `${plain}\tclass=GLACIER&restore=2099-01-01+00:00:00&version=v1&latest=no`;
const marker = "k\t\t0\t2026-11-24 17:32:03\tversion=v2&marker=delete";
const folder: Listed = { folder: "a\tb/" };

describe("the plain form", () => {
  for (const line of [plain, archived, marker]) {
    test(`is that of all records: ${line}`, () => {
      assert.equal(plainForm.encode(plainForm.decode(line)), line);
    });
  }

  test("has a folder by its name", () => {
    assert.equal(plainForm.encode(folder), "a\\tb/\t\\N\t\\N\t\\N");
  });
});

describe("columns", () => {
  const form = columnsForm(["version", "class", "key", "size", "restore"]);
  for (const [listed, line] of [
    [entryCodec.decode(plain), "\\N\tSTANDARD\ta\\tb\t1536\t\\N"],
    [entryCodec.decode(archived), "v1\tGLACIER\ta\\tb\t1536\t2099-01-01 00:00:00"],
    [folder, "\\N\t\\N\ta\\tb/\t\\N\t\\N"],
  ] as const) {
    test(`are written escaped: ${line}`, () => assert.equal(form.encode(listed), line));
  }
});

describe("JSON", () => {
  for (const [listed, expected] of [
    [
      entryCodec.decode(plain),
      { key: "a\tb", etag: "ff-2", size: 1536, mtime: "2026-11-24T17:32:03Z", class: "STANDARD" },
    ],
    [
      entryCodec.decode(archived),
      {
        key: "a\tb",
        etag: "ff-2",
        size: 1536,
        mtime: "2026-11-24T17:32:03Z",
        class: "GLACIER",
        restore: "2099-01-01T00:00:00Z",
        version: "v1",
        latest: "no",
      },
    ],
    [entryCodec.decode(`${plain}\trestore=ongoing`), { restore: "ongoing" }],
    [folder, { folder: "a\tb/" }],
  ] as const) {
    test(`has ${Object.keys(expected).join(", ")}`, () => {
      const found = JSON.parse(jsonForm().encode(listed)) as object;
      if ("folder" in expected || "key" in expected) assert.deepEqual(found, expected);
      else assert.partialDeepStrictEqual(found, expected);
    });
  }

  test("may have some columns only, in their order", () => {
    assert.equal(
      jsonForm(["size", "key"]).encode(entryCodec.decode(plain)),
      '{"size":1536,"key":"a\\tb"}',
    );
  });
});

describe("the form for people", () => {
  for (const [listed, line] of [
    [entryCodec.decode(plain), "2026-11-24 17:32:03    1.5 KiB a\\u{9}b"],
    [entryCodec.decode(archived), "2026-11-24 17:32:03    1.5 KiB a\\u{9}b  (GLACIER, version v1)"],
    [entryCodec.decode(marker), "2026-11-24 17:32:03          - k  (version v2, deleted)"],
    [folder, "                           PRE a\\u{9}b/"],
  ] as const) {
    test(`is aligned: ${line}`, () => assert.equal(humanForm.encode(listed), line));
  }

  for (const [bytes, text] of [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [1024 * 1023.94, "1023.9 KiB"],
    [1024 * 1023.96, "1.0 MiB"],
    [5 * 2 ** 40, "5.0 TiB"],
    [2 ** 53, "8.0 PiB"],
  ] as const) {
    test(`has ${text} for ${bytes}`, () => assert.equal(humanSize(bytes), text));
  }
});
