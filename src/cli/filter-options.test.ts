import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Command } from "commander";

import type { EntryFilter } from "../listing/entry-filter.ts";
import {
  addFilterOptions,
  entryFilter,
  filterArguments,
  type FilterValues,
} from "./filter-options.ts";

describe("filterArguments", () => {
  const cases = [
    [],
    ["--exclude", "*.tmp", "--include", "-b's *.tmp", "--exclude", 'a "b"*'],
    ["--newer-than", "2026-11-24T17:32:03Z", "--older-than", "2026-12-01"],
    ["--min-size", "1KiB", "--max-size", "0"],
    ["--class", "standard,GLACIER", "--filter", "size > 1e6 && key.endsWith('.jpg')"],
  ];
  for (const words of cases) {
    test(`says the same again: ${words.join(" ")}`, () => {
      const filter = parsed(words);
      assert.deepEqual(parsed(filterArguments(filter)), filter);
      assert.equal(filterArguments(filter).length, words.length);
    });
  }

  function parsed(words: readonly string[]): EntryFilter {
    const command = new Command();
    const patterns = addFilterOptions(command, "Which objects:", { cwd: "/" });
    command.parse(words, { from: "user" });
    return entryFilter(command.opts<FilterValues>(), patterns);
  }
});
