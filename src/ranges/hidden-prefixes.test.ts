import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HiddenPrefixes, type HiddenReport } from "./hidden-prefixes.ts";
import { listLineCodec } from "./list-line.ts";

function reportOf(lines: readonly string[], hidden: readonly string[]): HiddenReport {
  const prefixes = new HiddenPrefixes();
  for (const prefix of hidden) prefixes.noteHidden(prefix);
  for (const line of lines) prefixes.noteLine(listLineCodec.decode(line));
  return prefixes.report();
}

describe("a hidden prefix", () => {
  const cases: readonly {
    readonly name: string;
    readonly lines: readonly string[];
    readonly hidden: readonly string[];
    readonly uncovered: readonly string[];
  }[] = [
    { name: "that nobody lists is told", lines: ["/,"], hidden: ["a/"], uncovered: ["a/"] },
    { name: "may be a line's own", lines: ["/,", ",a/"], hidden: ["a/"], uncovered: [] },
    { name: "may be in a wider line", lines: ["/,", ",a"], hidden: ["a/"], uncovered: [] },
    {
      name: "may be in a range",
      lines: ["/,", "range\ta\ta0"],
      hidden: ["a/"],
      uncovered: [],
    },
    {
      name: "may be in ranges together",
      lines: ["/,", "range\ta\ta/m", "range\ta/m\t\\N"],
      hidden: ["a/"],
      uncovered: [],
    },
    {
      name: "that lines list in part is told",
      lines: ["/,", ",a/0", ",a/1"],
      hidden: ["a/"],
      uncovered: ["a/"],
    },
    {
      name: "whose line hides more is told with what that hides",
      lines: ["/,", "/,a/"],
      hidden: ["a/", "a/b/"],
      uncovered: ["a/b/"],
    },
    { name: "is told once", lines: ["/,", "/,"], hidden: ["a/", "a/"], uncovered: ["a/"] },
  ];
  for (const { name, lines, hidden, uncovered } of cases) {
    test(name, () => {
      assert.deepEqual(reportOf(lines, hidden), {
        hidden: hidden.length,
        uncovered,
        uncoveredCount: uncovered.length,
        unchecked: 0,
      });
    });
  }

  test("is only counted when there are too many of them", () => {
    const hidden = Array.from({ length: 700 }, (_, i) => `${i}/`);
    const report = reportOf(["/,"], hidden);
    assert.deepEqual(report.uncovered, ["0/", "1/", "2/", "3/", "4/"]);
    assert.equal(report.uncoveredCount + report.unchecked, 700);
  });

  test("is only counted when there are too many lines to know them all", () => {
    const lines = Array.from({ length: 10_001 }, (_, i) => `,${i}/`);
    assert.deepEqual(reportOf(lines, ["a/", "b/"]), {
      hidden: 2,
      uncovered: [],
      uncoveredCount: 0,
      unchecked: 2,
    });
  });
});
