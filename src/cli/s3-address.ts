import { UserError } from "../errors.ts";

/** A bucket and what the keys in question begin with. */
export interface S3Address {
  readonly bucket: string;
  /** Empty for all of the bucket. */
  readonly prefix: string;
}

/**
 * Reads `s3://BUCKET[/PREFIX]`. What follows the bucket's slash is the prefix as it stands. Throws
 * a UserError for anything else.
 */
export function s3Address(text: string): S3Address {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  if (bucket !== undefined) return { bucket, prefix };
  const isName = /^[\w.-]+(?:\/.*)?$/s.test(text);
  throw new UserError("usage", `cannot use ${JSON.stringify(text)} as an address`, {
    hint: isName ? `did you mean s3://${text}?` : "an address is s3://BUCKET or s3://BUCKET/PREFIX",
  });
}

/**
 * The prefix that an address means where two places are compared or copied: a folder's, which ends with a slash, as for `aws s3 sync`;
 * `2015` must not mean what begins with `20150101`.
 */
export function folderOf(prefix: string): string {
  return prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
}
