import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, test } from "node:test";

import { HmacSha256 } from "./hmac-sha256.ts";

describe("an HMAC", () => {
  const keys = [0, 1, 32, 64].map((length) =>
    Buffer.from("k\xff\0".repeat(22), "latin1").subarray(0, length),
  );
  for (const key of keys) {
    test(`with a key of ${key.length} bytes is that of node:crypto, for messages of any length`, () => {
      const hmac = new HmacSha256(key);
      // Long ones before short ones: nothing of a message is left for the next.
      for (const length of [0, 1, 191, 192, 193, 64, 5000, 63, 200, 0]) {
        const message = "AWS4-HMAC-SHA256\n".repeat(300).slice(0, length);
        assert.equal(hmac.hex(message), createHmac("sha256", key).update(message).digest("hex"));
      }
    });
  }

  test("refuses a key that is longer than a block", () => {
    assert.throws(() => new HmacSha256(Buffer.alloc(65)), RangeError);
  });
});
