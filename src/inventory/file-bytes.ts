import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";
import type { InventoryFile } from "./manifest.ts";

/**
 * Passes a file's bytes on, and compares their MD5 with the manifest's when all have come: nothing may rest on them before. Throws a
 * UserError where it is another.
 */
export async function* checkedBytes(
  { key, md5 }: InventoryFile,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const digest = createHash("md5");
  for await (const chunk of bytes) {
    digest.update(chunk);
    yield chunk;
  }
  const found = digest.digest("hex");
  if (found === md5.toLowerCase()) return;
  throw damaged(key, `its MD5 is ${found}, and the manifest says ${md5}`);
}

/** Says of a file of a report that it is not what it is to be. */
export function damaged(key: string, why: string): UserError {
  return new UserError("failed", `cannot read ${JSON.stringify(key)}: ${why}`);
}
