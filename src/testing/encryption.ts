import { createHash, randomBytes } from "node:crypto";

import { Refusal } from "./errors.ts";
import { childText, parseXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** Encryption with a key that S3 or KMS holds. */
export interface BucketEncryption {
  readonly algorithm: "AES256" | "aws:kms" | "aws:kms:dsse";
  /** As the client gave it; absent for AES256. */
  readonly keyId: string | undefined;
  readonly bucketKey: boolean;
}

/**
 * How an object is encrypted; with `customerKeyMd5` by a key the client sends each time (SSE-C).
 * Nothing is really encrypted.
 */
export type Encryption =
  | BucketEncryption
  | { readonly algorithm: "customer"; readonly keyMd5: string };

/** What every bucket does since 2023 unless told otherwise. */
export const defaultEncryption: BucketEncryption = {
  algorithm: "AES256",
  keyId: undefined,
  bucketKey: false,
};

const sse = "x-amz-server-side-encryption";
type Headers = ReadonlyMap<string, string>;

/** What a PUT, copy or CreateMultipartUpload asks for, or else the bucket's default. */
export function askedEncryption(headers: Headers, bucket: BucketEncryption): Encryption {
  const keyMd5 = customerKeyMd5(headers, "");
  const algorithm = headers.get(sse);
  if (keyMd5 !== undefined) {
    if (algorithm === undefined) return { algorithm: "customer", keyMd5 };
    throw new Refusal("InvalidArgument", {
      message:
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
    });
  }
  const keyId = headers.get(`${sse}-aws-kms-key-id`);
  const bucketKeyHeader = headers.get(`${sse}-bucket-key-enabled`);
  const bucketKey = bucketKeyHeader === undefined ? undefined : bucketKeyHeader === "true";
  if (algorithm === undefined) {
    if (keyId === undefined) return bucket;
    throw new Refusal("InvalidArgument", {
      message:
        "The request is missing the x-amz-server-side-encryption header that a KMS key id needs",
    });
  }
  return keyEncryption(algorithm, keyId, bucketKey ?? bucket.bucketKey);
}

function keyEncryption(
  algorithm: string,
  keyId: string | undefined,
  bucketKey: boolean,
): BucketEncryption {
  switch (algorithm) {
    case "AES256":
      if (keyId === undefined) return { algorithm, keyId, bucketKey: false };
      throw new Refusal("InvalidArgument", {
        message: "x-amz-server-side-encryption-aws-kms-key-id is not applicable to AES256",
      });
    case "aws:kms":
    case "aws:kms:dsse":
      return { algorithm, keyId: keyId ?? managedKeyId, bucketKey };
    default:
      throw new Refusal("InvalidEncryptionAlgorithmError");
  }
}

/** The AWS managed key that KMS encryption uses when the client names none. */
const managedKeyId = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-4000-8000-000000000000";

/** The headers by which a reply says how the object is encrypted. */
export function encryptionHeaders(encryption: Encryption): Record<string, string> {
  if (encryption.algorithm === "customer") {
    return {
      [`${sse}-customer-algorithm`]: "AES256",
      [`${sse}-customer-key-md5`]: encryption.keyMd5,
    };
  }
  const headers: Record<string, string> = { [sse]: encryption.algorithm };
  if (encryption.keyId !== undefined) headers[`${sse}-aws-kms-key-id`] = encryption.keyId;
  if (encryption.bucketKey) headers[`${sse}-bucket-key-enabled`] = "true";
  return headers;
}

/**
 * Refuses a read that lacks the client's key, has another one, or has one without need. `of` is ""
 * for the object itself and "copy-source-" for the source of a copy, whose key comes in headers of
 * its own.
 */
export function checkReadKey(headers: Headers, encryption: Encryption, of: CustomerKeyOf): void {
  if (of === "" && headers.has(sse)) {
    throw new Refusal("InvalidArgument", {
      message: `The header ${sse} is not allowed for this request`,
      details: { ArgumentName: sse },
    });
  }
  const keyMd5 = customerKeyMd5(headers, of);
  if (encryption.algorithm !== "customer") {
    if (keyMd5 === undefined) return;
    throw new Refusal("InvalidRequest", {
      message: "The encryption parameters are not applicable to this object.",
    });
  }
  if (keyMd5 === undefined) {
    throw new Refusal("InvalidRequest", {
      message:
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to " +
        "retrieve the object.",
    });
  }
  if (keyMd5 !== encryption.keyMd5) throw new Refusal("AccessDenied");
}

/** Refuses a part whose key is not the one that its upload was begun with. */
export function checkPartKey(headers: Headers, encryption: Encryption): void {
  const keyMd5 = customerKeyMd5(headers, "");
  const expected = encryption.algorithm === "customer" ? encryption.keyMd5 : undefined;
  if (keyMd5 === expected) return;
  throw new Refusal("InvalidRequest", {
    message:
      "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate " +
      "encryption parameters.",
  });
}

export type CustomerKeyOf = "" | "copy-source-";

function customerKeyMd5(headers: Headers, of: CustomerKeyOf): string | undefined {
  const name = `x-amz-${of}server-side-encryption-customer`;
  const algorithm = headers.get(`${name}-algorithm`);
  const key = headers.get(`${name}-key`);
  const keyMd5 = headers.get(`${name}-key-md5`);
  if (algorithm === undefined && key === undefined && keyMd5 === undefined) return undefined;
  if (algorithm !== "AES256") {
    throw new Refusal("InvalidEncryptionAlgorithmError", {
      message: "The Encryption request you specified is not valid. Supported value: AES256.",
    });
  }
  const bytes = Buffer.from(key ?? "", "base64");
  if (bytes.length !== 32) {
    throw new Refusal("InvalidArgument", {
      message: "The secret key was invalid for the specified algorithm.",
    });
  }
  if (createHash("md5").update(bytes).digest("base64") !== keyMd5) {
    throw new Refusal("InvalidArgument", {
      message: "The calculated MD5 hash of the key did not match the hash that was provided.",
    });
  }
  return keyMd5;
}

/**
 * The ETag of bytes with this MD5: the MD5 itself only where S3 holds the key. For KMS and SSE-C S3
 * gives 32 hex digits that say nothing about the bytes and differ for each writing, so they are
 * chance here.
 */
export function etagFor(md5: Buffer, encryption: Encryption): string {
  return (encryption.algorithm === "AES256" ? md5 : randomBytes(16)).toString("hex");
}

/** Reads the document of PutBucketEncryption. */
export function parseBucketEncryption(body: Uint8Array): BucketEncryption {
  const rule = parseXml(body, "ServerSideEncryptionConfiguration").children["Rule"]?.[0];
  const byDefault = rule?.children["ApplyServerSideEncryptionByDefault"]?.[0];
  const algorithm = byDefault && childText(byDefault, "SSEAlgorithm");
  if (rule === undefined || byDefault === undefined || algorithm === undefined) {
    throw new Refusal("MalformedXML");
  }
  const bucketKey = childText(rule, "BucketKeyEnabled") === "true";
  return keyEncryption(algorithm, childText(byDefault, "KMSMasterKeyID"), bucketKey);
}

/** The document that GetBucketEncryption answers with. */
export function bucketEncryptionXml({ algorithm, keyId, bucketKey }: BucketEncryption): XmlElement {
  return {
    Rule: {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId },
      BucketKeyEnabled: bucketKey,
    },
  };
}
