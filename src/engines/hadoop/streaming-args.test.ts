import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { UserError } from "../../errors.ts";
import type { StreamingStep } from "./step.ts";
import { commandText, hiveArgs, streamingArgs } from "./streaming-args.ts";

const step: StreamingStep = {
  kind: "streaming",
  name: "list.photos.part.all",
  mapper: ["node", "campanile.mjs", "bucketlist"],
  input: ["/run/part.all"],
  output: "/run/photos.list",
  files: [],
  archives: [],
  environment: {},
  properties: {},
};

/** PipeMapRed.splitArgs of Hadoop 3, to the letter. */
function splitArgs(args: string): string[] {
  const found: string[] = [];
  let word = "";
  let end: string | undefined;
  for (const letter of args) {
    if (end === undefined && (letter === '"' || letter === "'" || letter === " ")) {
      if (letter !== " ") end = letter;
      if (word !== "") found.push(word);
      word = "";
    } else if (letter === end) {
      end = undefined;
      if (word !== "") found.push(word);
      word = "";
    } else {
      word += letter;
    }
  }
  if (word !== "") found.push(word);
  return found;
}

describe("commandText", () => {
  const cases: readonly (readonly string[])[] = [
    ["node", "campanile.mjs", "bucketlist", "--bucket", "photos"],
    ["objectcopy", "--metadata", "author=A B", "--acl", "private"],
    ["--tag", "it's", "--tag", 'say "x"', "end"],
    ["a  b", " ", "\\n", "$HOME"],
  ];
  for (const words of cases) {
    test(`is read back by Hadoop as ${JSON.stringify(words)}`, () => {
      assert.deepEqual(splitArgs(commandText(words)), words);
    });
  }

  for (const word of ["", `both ' and "`]) {
    test(`refuses ${JSON.stringify(word)}, which Hadoop would lose`, () => {
      assert.throws(() => commandText(["node", word]), UserError);
    });
  }
});

describe("streamingArgs", () => {
  test("has the generic options first, each property once", () => {
    const args = streamingArgs({
      ...step,
      reducer: ["node", "campanile.mjs", "multipartcomplete"],
      files: ["campanile.mjs", "/root/.boto"],
      archives: ["node.tgz#node"],
      properties: { "mapreduce.map.maxattempts": "6", "mapreduce.job.reduces": "4" },
      inputFormat: "a.InputFormat",
      partitioner: "a.Partitioner",
    });
    const expected = [
      ["-files", "campanile.mjs,/root/.boto", "-archives", "node.tgz#node"],
      ["-D", "mapreduce.map.maxattempts=6", "-D", "mapreduce.job.reduces=4"],
      ["-inputformat", "a.InputFormat", "-partitioner", "a.Partitioner"],
      ["-mapper", "node campanile.mjs bucketlist"],
      ["-reducer", "node campanile.mjs multipartcomplete"],
      ["-input", "/run/part.all", "-output", "/run/photos.list"],
    ];
    assert.deepEqual(args, expected.flat());
  });

  test("refuses an input that Hadoop would take for a pattern", () => {
    assert.throws(() => streamingArgs({ ...step, input: ["/run/{a,b}"] }), /cannot read "\/run/);
  });
});

describe("hiveArgs", () => {
  const variables = { SRC: "/run/a.list", DST: "/run/b.list" };
  const hive = { kind: "hive", name: "hive.a", script: "diff.q", variables, output: "/d" } as const;
  for (const option of ["--hivevar", "-d"] as const) {
    test(`gives the variables after the script, by ${option}`, () => {
      const expected = ["-f", "diff.q", option, "SRC=/run/a.list", option, "DST=/run/b.list"];
      assert.deepEqual(hiveArgs(hive, option), expected);
    });
  }
});
