import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { SignedForms } from "./signed-forms.ts";

describe("SignedForms", () => {
  test("sorts what is signed, and leaves out what a proxy may change", () => {
    const { names, lines } = new SignedForms().of(["x-amz-date", "user-agent", "host", "x-amz-a"]);
    assert.equal(names, "host;x-amz-a;x-amz-date");
    assert.deepEqual(lines, [
      { name: "host", start: "\nhost:" },
      { name: "x-amz-a", start: "\nx-amz-a:" },
      { name: "x-amz-date", start: "\nx-amz-date:" },
    ]);
  });

  test("keeps the few that come again and again", () => {
    const forms = new SignedForms();
    const form = forms.of(["host", "a"]);
    assert.equal(forms.of(["host", "a"]), form);
    assert.notEqual(forms.of(["a", "host"]), form);
  });

  test("gives each its own, however many there are", () => {
    const forms = new SignedForms();
    for (let i = 0; i < 100; i++) {
      // One is of the same length as the one before, one is longer.
      const given = ["host", `x-amz-meta-${i % 30}`, ...(i % 2 === 0 ? [] : ["range"])];
      assert.equal(forms.of(given).names, given.toSorted().join(";"));
    }
  });
});
