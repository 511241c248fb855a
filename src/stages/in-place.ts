import type { S3Bucket } from "../s3/client.ts";
import { isSameService } from "../s3/same-service.ts";
import type { CopyOptions } from "./copy-options.ts";

/** Whether a copy reads and writes one bucket. */
export function isInPlace(source: S3Bucket, target: S3Bucket): boolean {
  return source.name === target.name && isSameService(source, target);
}

/**
 * Whether objects may get other keys in their own bucket: only where none can be replaced before it was
 * copied itself. So it is between two folders, neither of which lies in the other, and where no key is
 * replaced at all. `--if-unchanged` is no such proof: it lets go what a diff has seen.
 */
export function mayRenameInPlace({
  noOverwrite,
  stripPrefix = "",
  toPrefix = "",
}: CopyOptions): boolean {
  if (noOverwrite === true) return true;
  return !stripPrefix.startsWith(toPrefix) && !toPrefix.startsWith(stripPrefix);
}

/**
 * Whether an object that is copied onto itself becomes another by the options. Where not, S3 refuses the
 * copy, and to read and write it again would only lose what a copy does not carry over, as its ACL.
 */
export function changesObjects(options: CopyOptions): boolean {
  const { metadataDirective, taggingDirective, websiteRedirect } = options;
  if (metadataDirective === "replace" || taggingDirective === "replace") return true;
  if (websiteRedirect !== undefined && websiteRedirect !== "keep") return true;
  return changing.some((name) => options[name] !== undefined);
}

const changing = [
  "sse",
  "srcSseCKeyFile",
  "dstSseCKeyFile",
  "storageClass",
  "acl",
  "metadata",
  "cacheControl",
  "contentType",
  "contentDisposition",
  "contentEncoding",
  "contentLanguage",
  "expires",
  "checksumAlgorithm",
] as const satisfies readonly (keyof CopyOptions)[];
