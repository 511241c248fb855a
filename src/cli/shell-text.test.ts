import assert from "node:assert/strict";
import { test } from "node:test";

import { shellText } from "./shell-text.ts";

test("shellText quotes what a shell would take for something else", () => {
  assert.equal(
    shellText(["hadoop", "fs", "-put", "a b", "it's", "$HOME", "*", ""]),
    String.raw`hadoop fs -put 'a b' 'it'\''s' '$HOME' '*' ''`,
  );
});
