import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compositeChecksum as byTheServer, fullChecksum } from "../testing/checksums.ts";
import { compositeChecksum } from "./composite-checksum.ts";

describe("compositeChecksum", () => {
  const bodies = ["", "hello", "world, and more"];
  for (const algorithm of ["CRC32", "SHA1", "SHA256"] as const) {
    for (const count of [1, 2, 3]) {
      test(`${algorithm} of ${count} parts is what S3 gives`, () => {
        const parts = bodies
          .slice(0, count)
          .map((body) => fullChecksum(algorithm, [Buffer.from(body)]));
        const values = parts.map(({ value }) => value);
        assert.equal(compositeChecksum(parts), byTheServer(algorithm, values).value);
      });
    }
  }

  test("is not known for other algorithms, several at once, or no parts", () => {
    const [a, b] = [fullChecksum("CRC32C", [Buffer.from("a")]), fullChecksum("SHA1", [])];
    for (const parts of [[a], [a, b], []]) assert.equal(compositeChecksum(parts), undefined);
  });
});
