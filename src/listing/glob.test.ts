import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { globOf } from "./glob.ts";

describe("a pattern", () => {
  const cases: readonly {
    readonly name: string;
    readonly pattern: string;
    readonly takes: readonly string[];
    readonly refuses: readonly string[];
  }[] = [
    { name: "without signs is itself", pattern: "a.b", takes: ["a.b"], refuses: ["axb", "a.bc"] },
    { name: "of a star is anything", pattern: "*", takes: ["", "a/b\nc"], refuses: [] },
    {
      name: "takes slashes for a star",
      pattern: "logs/*.gz",
      takes: ["logs/.gz", "logs/2024/01/a.gz"],
      refuses: ["logs/a.gz.tmp", "x/logs/a.gz"],
    },
    {
      name: "with stars goes on from each place",
      pattern: "*ab*ac*",
      takes: ["abac", "aabbabac/"],
      refuses: ["acab", "abab"],
    },
    {
      name: "takes one character for a question mark, however wide",
      pattern: "a?c",
      takes: ["abc", "a😀c", "a/c"],
      refuses: ["ac", "abbc"],
    },
    {
      name: "has sets",
      pattern: "[a-c]x[!0-9]",
      takes: ["axy", "cx-"],
      refuses: ["dxy", "ax5", "ax"],
    },
    { name: "has a bracket in a set", pattern: "[]a]", takes: ["]", "a"], refuses: ["[", "]a"] },
    { name: "ends a set with a hyphen", pattern: "[a-]", takes: ["a", "-"], refuses: ["b"] },
    { name: "has a set of wide characters", pattern: "[😀-😂]", takes: ["😁"], refuses: ["😃"] },
    { name: "takes an open bracket as it is", pattern: "a[b", takes: ["a[b"], refuses: ["ab"] },
    { name: "has no escape and no dots", pattern: "\\.+(", takes: ["\\.+("], refuses: ["x"] },
  ];
  for (const { name, pattern, takes, refuses } of cases) {
    test(name, () => {
      const matches = globOf(pattern);
      assert.deepEqual(
        takes.filter((text) => !matches(text)),
        [],
      );
      assert.deepEqual(refuses.filter(matches), []);
    });
  }

  test("of many stars takes no long time to fail", () => {
    assert.equal(globOf("*a".repeat(200) + "b")("a".repeat(1024)), false);
  });
});
