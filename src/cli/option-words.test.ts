import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Command } from "commander";

import { copyOptions } from "./copy-options.ts";
import { optionWords } from "./option-words.ts";
import { sideOptions } from "./options.ts";
import { shellText } from "./shell-text.ts";

describe("optionWords", () => {
  const lines: readonly (readonly string[])[] = [
    [],
    ["--src-bucket", "photos", "--src-profile", "jeff", "--src-requester-pays"],
    ["--storage-class", "GLACIER_IR", "--no-overwrite"],
    ["--metadata", "author=A=B", "--metadata", "place=x y", "--via", "server"],
    ["--tagging-directive", "replace", "--tag", "a=", "--tag", "b=1"],
  ];
  for (const words of lines) {
    test(`writes again what was read: ${words.join(" ")}`, () => {
      assert.deepEqual(parsed(again(words)), parsed(words));
    });
  }

  test("leaves out what is at its default", () => {
    assert.deepEqual(again(["--via", "auto"]), []);
  });

  function again(words: readonly string[]): readonly string[] {
    return optionWords(options(), parsed(words));
  }

  function parsed(words: readonly string[]): Record<string, unknown> {
    const command = new Command();
    for (const option of options()) command.addOption(option);
    return command.parse(words, { from: "user" }).opts();
  }

  function options() {
    return [...sideOptions("src"), ...copyOptions()];
  }
});

describe("shellText", () => {
  test("quotes what a shell would take for something else", () => {
    assert.equal(
      shellText(["hadoop", "fs", "-put", "a b", "it's", "$HOME", "*", ""]),
      String.raw`hadoop fs -put 'a b' 'it'\''s' '$HOME' '*' ''`,
    );
  });
});
