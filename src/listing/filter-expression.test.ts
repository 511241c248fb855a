import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { UserError } from "../errors.ts";
import { expressionTest } from "./filter-expression.ts";

const entry = { key: "a/b.jpg", etag: "e", size: 2048, mtime: "2024-05-06 07:08:09" };

describe("expressionTest", () => {
  const cases = [
    { expression: "size > 1000", wanted: true },
    { expression: 'size > 1e6 || key.endsWith(".png")', wanted: false },
    { expression: 'key.split("/").length === 2 // two', wanted: true },
    { expression: 'storageClass === "STANDARD" && mtime < "2025"', wanted: true },
    { expression: "attributes.restore", wanted: false },
    { expression: "/\\.jpg$/.test(key)", wanted: true },
  ];
  for (const { expression, wanted } of cases) {
    test(`${expression} is ${wanted}`, () =>
      assert.equal(expressionTest(expression)(entry), wanted));
  }

  test("knows the storage class", () => {
    const cold = { ...entry, attributes: { class: "GLACIER" } };
    assert.equal(expressionTest('storageClass === "GLACIER"')(cold), true);
  });

  for (const [expression, why] of [
    ["size >", "Unexpected token"],
    ["/not/there.mjs", "Cannot find module"],
  ] as const) {
    test(`refuses ${expression} with a sentence`, () => {
      assert.throws(
        () => expressionTest(expression),
        (error) => error instanceof UserError && error.message.includes(why),
      );
    });
  }

  test("says for which key it failed", () => {
    assert.throws(
      () => expressionTest("attributes.restore.length")(entry),
      (error) => error instanceof UserError && error.message.endsWith('for the key "a/b.jpg"'),
    );
  });

  describe("of a module", () => {
    let directory: string;
    before(async () => (directory = await mkdtemp(join(tmpdir(), "campanile-filter-"))));
    after(() => rm(directory, { recursive: true }));

    const moduleOf = async (name: string, text: string): Promise<string> => {
      await writeFile(join(directory, name), text);
      return join(directory, name);
    };

    test("takes the function that it exports by default", async () => {
      const file = await moduleOf("big.mjs", "export default ({ size }) => size > 1000;");
      assert.equal(expressionTest(file)(entry), true);
      assert.equal(expressionTest(file)({ ...entry, size: 10 }), false);
      const common = await moduleOf("small.cjs", "module.exports = ({ size }) => size < 1000;");
      assert.equal(expressionTest(common)(entry), false);
    });

    test("refuses one that exports none", async () => {
      const file = await moduleOf("none.mjs", "export const size = 1;");
      assert.throws(() => expressionTest(file), /exports no function/);
    });
  });
});
