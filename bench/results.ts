import { type Result, resultCodec } from "../src/record/result.ts";
import { writeRecords } from "../src/stream/lines.ts";
import type { Pages } from "../src/stream/pages.ts";

/** Writes results as the commands do it. Throws for one that is not a plain copy, for what fails is cheap. */
export function writeCopied(results: Pages<Result>): Promise<void> {
  return writeRecords(process.stdout, results, {
    encode(result) {
      const { key, etag, newEtag, attributes } = result;
      if (newEtag !== etag || attributes !== undefined) {
        throw new Error(`${key} was not copied as it is: ${resultCodec.encode(result)}`);
      }
      return resultCodec.encode(result);
    },
  });
}
