import { demand } from "./access.ts";
import { parsePolicy } from "./bucket-policy.ts";
import type { Call, Handler, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { bucketEncryptionXml, defaultEncryption, parseBucketEncryption } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import type { RefusalCode } from "./errors.ts";
import { ownerXml } from "./list-objects.ts";
import { maxBucketTags, parseTagging, taggingXml } from "./tags.ts";
import { childText, parseXml, writeXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** GetBucketVersioning. */
export function getBucketVersioning({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:GetBucketVersioning");
  const status = bucket.versioning === "Off" ? undefined : bucket.versioning;
  return xmlReply(writeXml("VersioningConfiguration", { Status: status }));
}

/** GetObjectLockConfiguration. A default retention cannot be set here. */
export function getObjectLockConfiguration({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:GetBucketObjectLockConfiguration");
  if (!bucket.hasObjectLock) throw missing("ObjectLockConfigurationNotFoundError", bucket.name);
  return xmlReply(writeXml("ObjectLockConfiguration", { ObjectLockEnabled: "Enabled" }));
}

/** PutBucketVersioning. Versions can be suspended but never switched off again. */
export async function putBucketVersioning(call: Call): Promise<Reply> {
  const { bytes } = await call.body();
  demand(call.bucket, call.caller, "s3:PutBucketVersioning");
  const configuration = parseXml(bytes, "VersioningConfiguration");
  if (childText(configuration, "MfaDelete") === "Enabled") throw new Refusal("NotImplemented");
  const status = childText(configuration, "Status");
  if (status !== "Enabled" && status !== "Suspended") throw new Refusal("MalformedXML");
  call.bucket.versioning = status;
  return { status: 200 };
}

/** GetBucketEncryption. */
export function getBucketEncryption({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:GetEncryptionConfiguration");
  return xmlReply(
    writeXml("ServerSideEncryptionConfiguration", bucketEncryptionXml(bucket.encryption)),
  );
}

/** PutBucketEncryption. */
export async function putBucketEncryption(call: Call): Promise<Reply> {
  const { bytes } = await call.body();
  demand(call.bucket, call.caller, "s3:PutEncryptionConfiguration");
  call.bucket.encryption = parseBucketEncryption(bytes);
  return { status: 200 };
}

/** DeleteBucketEncryption: back to what every bucket does. */
export function deleteBucketEncryption({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:PutEncryptionConfiguration");
  bucket.encryption = defaultEncryption;
  return { status: 204 };
}

/** GetBucketTagging. */
export function getBucketTagging({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:GetBucketTagging");
  if (bucket.tags.length === 0) throw missing("NoSuchTagSet", bucket.name);
  return xmlReply(writeXml("Tagging", taggingXml(bucket.tags)));
}

/** PutBucketTagging. */
export async function putBucketTagging(call: Call): Promise<Reply> {
  const { bytes } = await call.body();
  demand(call.bucket, call.caller, "s3:PutBucketTagging");
  call.bucket.tags = parseTagging(bytes, maxBucketTags);
  return { status: 204 };
}

/** DeleteBucketTagging. */
export function deleteBucketTagging({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:PutBucketTagging");
  bucket.tags = [];
  return { status: 204 };
}

/** GetBucketPolicy. */
export function getBucketPolicy({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:GetBucketPolicy");
  if (bucket.policy === undefined) throw missing("NoSuchBucketPolicy", bucket.name);
  return { status: 200, headers: { "content-type": "application/json" }, body: bucket.policy };
}

/** PutBucketPolicy. */
export async function putBucketPolicy(call: Call): Promise<Reply> {
  const { bytes } = await call.body();
  demand(call.bucket, call.caller, "s3:PutBucketPolicy");
  const policy = bytes.toString();
  call.bucket.policyGrants = parsePolicy(policy, call.bucketName);
  call.bucket.policy = policy;
  return { status: 204 };
}

/** DeleteBucketPolicy. */
export function deleteBucketPolicy({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:DeleteBucketPolicy");
  bucket.policy = undefined;
  bucket.policyGrants = [];
  return { status: 204 };
}

/**
 * GetBucketAcl and GetObjectAcl: the owner may do everything, which is all there is to say where
 * ACLs are off.
 */
export function getAcl({ bucket, caller, key }: Call): Reply {
  if (key === "") demand(bucket, caller, "s3:GetBucketAcl");
  else demand(bucket, caller, "s3:GetObjectAcl", key);
  if (key !== "" && bucket.versions.get(key)?.[0]?.kind !== "object") {
    throw new Refusal("NoSuchKey", { details: { Key: key } });
  }
  // The grantee's type is an attribute, which the writer of replies does not know.
  const owner = ownerXml(bucket.owner);
  const xml = writeXml("AccessControlPolicy", {
    Owner: owner,
    AccessControlList: { Grant: { Grantee: owner, Permission: "FULL_CONTROL" } },
  });
  const typed =
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">';
  return xmlReply(xml.replace("<Grantee>", typed));
}

/** A configuration that no bucket has here: the answer is always the same error. */
export function withoutConfiguration(action: string, code: RefusalCode): Handler {
  return ({ bucket, caller }) => {
    demand(bucket, caller, action);
    throw missing(code, bucket.name);
  };
}

/** A configuration that is the same for all buckets. */
export function fixedConfiguration(action: string, root: string, value: XmlElement): Handler {
  return ({ bucket, caller }) => {
    demand(bucket, caller, action);
    return xmlReply(writeXml(root, value));
  };
}

function missing(code: RefusalCode, bucketName: string): Refusal {
  return new Refusal(code, { details: { BucketName: bucketName } });
}
