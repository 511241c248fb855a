import { UserError } from "../errors.ts";
import type { ListAddress } from "../listing-sources/list-address.ts";
import { folderOf, s3Address } from "./s3-address.ts";

/**
 * Reads where a listing comes from: `s3://BUCKET[/FOLDER]`, `inventory:MANIFEST`, or the name of a list. Throws a UserError for an
 * address that is none.
 */
export function listAddress(text: string): ListAddress {
  if (/^s3:/i.test(text)) {
    const { bucket, prefix } = s3Address(text);
    return { kind: "bucket", bucket, prefix: folderOf(prefix) };
  }
  if (!text.startsWith(inventory)) return { kind: "lists", path: text };
  const path = text.slice(inventory.length);
  if (/^s3:/i.test(path)) {
    const { bucket, prefix: key } = s3Address(path);
    if (key !== "" && !key.endsWith("/")) return { kind: "inventory", bucket, path: key };
  } else if (path !== "") return { kind: "inventory", bucket: undefined, path };
  throw new UserError("usage", `cannot use ${JSON.stringify(text)} as a report of S3 Inventory`, {
    hint: `name its manifest: ${inventory}s3://BUCKET/…/2026-11-24T01-00Z/manifest.json`,
  });
}

const inventory = "inventory:";
