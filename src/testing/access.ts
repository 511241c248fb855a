import type { Owner } from "./account.ts";
import { Refusal } from "./errors.ts";
import type { Bucket } from "./store.ts";

/**
 * True when this account may do an action such as `s3:GetObject`: its bucket is its own, or it was
 * given the right.
 */
export function mayDo(bucket: Bucket, caller: Owner, action: string, key?: string): boolean {
  if (bucket.owner.accessKeyId === caller.accessKeyId) return true;
  const resource = resourceOf(bucket, key);
  return [...bucket.grants, ...bucket.policyGrants].some(
    (grant) =>
      ["*", caller.accessKeyId, caller.accountNumber].includes(grant.principal) &&
      grant.actions.some((pattern) => matches(pattern, action)) &&
      matches(grant.resource, resource),
  );
}

/** Refuses an action that this account may not do. */
export function demand(bucket: Bucket, caller: Owner, action: string, key?: string): void {
  if (mayDo(bucket, caller, action, key)) return;
  throw new Refusal("AccessDenied", {
    message:
      `User: ${caller.displayName} is not authorized to perform: ${action} on resource: ` +
      `"arn:aws:s3:::${resourceOf(bucket, key)}"`,
    headers: { "x-amz-bucket-region": bucket.region },
  });
}

/** The rights that `share` gives. */
export const sharedActions = {
  read: ["s3:GetObject*", "s3:ListBucket*", "s3:GetBucket*", "s3:GetEncryptionConfiguration"],
  write: [
    "s3:PutObject*",
    "s3:DeleteObject*",
    "s3:AbortMultipartUpload",
    "s3:RestoreObject",
    "s3:ListMultipartUploadParts",
    "s3:ListBucketMultipartUploads",
  ],
} as const;

function resourceOf(bucket: Bucket, key: string | undefined): string {
  return key === undefined ? bucket.name : `${bucket.name}/${key}`;
}

/** Patterns already compiled; a server sees few different ones. */
const compiled = new Map<string, RegExp>();

/** Matches as IAM does: `*` stands for any characters, `?` for one. */
function matches(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
    expression = new RegExp(`^${source.replaceAll("?", ".")}$`, "s");
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}
