import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { csvColumns } from "./csv-row.ts";

describe("csvColumns", () => {
  const cases = [
    { row: "", columns: [""] },
    { row: "a,b", columns: ["a", "b"] },
    { row: '"photos","2015/a.jpg","19"', columns: ["photos", "2015/a.jpg", "19"] },
    { row: '"a,b",,"","c"', columns: ["a,b", "", "", "c"] },
    { row: '"say ""so""",x', columns: ['say "so"', "x"] },
    { row: '"a",', columns: ["a", ""] },
  ];
  for (const { row, columns } of cases) {
    test(`cuts ${row}`, () => assert.deepEqual(csvColumns(row), columns));
  }

  for (const row of ['"a', '"a""', '"a"b,c']) {
    test(`refuses ${row}`, () => assert.throws(() => csvColumns(row), SyntaxError));
  }
});
