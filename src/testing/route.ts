import { Refusal } from "./errors.ts";
import type { RequestHead } from "./request.ts";

/** An operation's name, as the API reference has it. */
export type OperationName = (typeof rules)[number]["operation"];

interface Rule {
  readonly on: "service" | "bucket" | "object";
  readonly method: string;
  /** Parameters that must be there. */
  readonly query?: readonly string[];
  /** What a parameter must say. */
  readonly value?: string;
  readonly header?: string;
  readonly operation: string;
}

/** The first rule that fits names the operation; so rules with more conditions come first. */
const rules = [
  { on: "service", method: "GET", operation: "ListBuckets" },
  { on: "bucket", method: "HEAD", operation: "HeadBucket" },
  { on: "bucket", method: "GET", query: ["list-type"], value: "2", operation: "ListObjectsV2" },
  { on: "bucket", method: "GET", query: ["versions"], operation: "ListObjectVersions" },
  { on: "bucket", method: "GET", query: ["uploads"], operation: "ListMultipartUploads" },
  { on: "bucket", method: "GET", query: ["location"], operation: "GetBucketLocation" },
  { on: "bucket", method: "GET", query: ["versioning"], operation: "GetBucketVersioning" },
  { on: "bucket", method: "GET", query: ["encryption"], operation: "GetBucketEncryption" },
  { on: "bucket", method: "GET", query: ["tagging"], operation: "GetBucketTagging" },
  { on: "bucket", method: "GET", query: ["policy"], operation: "GetBucketPolicy" },
  { on: "bucket", method: "GET", query: ["policyStatus"], operation: "GetBucketPolicyStatus" },
  { on: "bucket", method: "GET", query: ["acl"], operation: "GetBucketAcl" },
  {
    on: "bucket",
    method: "GET",
    query: ["lifecycle"],
    operation: "GetBucketLifecycleConfiguration",
  },
  { on: "bucket", method: "GET", query: ["cors"], operation: "GetBucketCors" },
  { on: "bucket", method: "GET", query: ["website"], operation: "GetBucketWebsite" },
  { on: "bucket", method: "GET", query: ["replication"], operation: "GetBucketReplication" },
  { on: "bucket", method: "GET", query: ["object-lock"], operation: "GetObjectLockConfiguration" },
  { on: "bucket", method: "GET", query: ["publicAccessBlock"], operation: "GetPublicAccessBlock" },
  {
    on: "bucket",
    method: "GET",
    query: ["ownershipControls"],
    operation: "GetBucketOwnershipControls",
  },
  { on: "bucket", method: "GET", query: ["requestPayment"], operation: "GetBucketRequestPayment" },
  { on: "bucket", method: "GET", query: ["logging"], operation: "GetBucketLogging" },
  {
    on: "bucket",
    method: "GET",
    query: ["notification"],
    operation: "GetBucketNotificationConfiguration",
  },
  {
    on: "bucket",
    method: "GET",
    query: ["accelerate"],
    operation: "GetBucketAccelerateConfiguration",
  },
  { on: "bucket", method: "GET", operation: "ListObjects" },
  { on: "bucket", method: "PUT", query: ["versioning"], operation: "PutBucketVersioning" },
  { on: "bucket", method: "PUT", query: ["encryption"], operation: "PutBucketEncryption" },
  { on: "bucket", method: "PUT", query: ["tagging"], operation: "PutBucketTagging" },
  { on: "bucket", method: "PUT", query: ["policy"], operation: "PutBucketPolicy" },
  { on: "bucket", method: "PUT", operation: "CreateBucket" },
  { on: "bucket", method: "POST", query: ["delete"], operation: "DeleteObjects" },
  { on: "bucket", method: "DELETE", query: ["encryption"], operation: "DeleteBucketEncryption" },
  { on: "bucket", method: "DELETE", query: ["tagging"], operation: "DeleteBucketTagging" },
  { on: "bucket", method: "DELETE", query: ["policy"], operation: "DeleteBucketPolicy" },
  { on: "bucket", method: "DELETE", operation: "DeleteBucket" },
  { on: "object", method: "HEAD", operation: "HeadObject" },
  { on: "object", method: "GET", query: ["uploadId"], operation: "ListParts" },
  { on: "object", method: "GET", query: ["tagging"], operation: "GetObjectTagging" },
  { on: "object", method: "GET", query: ["attributes"], operation: "GetObjectAttributes" },
  { on: "object", method: "GET", query: ["acl"], operation: "GetObjectAcl" },
  { on: "object", method: "GET", query: ["retention"], operation: "GetObjectRetention" },
  { on: "object", method: "GET", query: ["legal-hold"], operation: "GetObjectLegalHold" },
  { on: "object", method: "GET", operation: "GetObject" },
  {
    on: "object",
    method: "PUT",
    query: ["uploadId", "partNumber"],
    header: "x-amz-copy-source",
    operation: "UploadPartCopy",
  },
  { on: "object", method: "PUT", query: ["uploadId", "partNumber"], operation: "UploadPart" },
  { on: "object", method: "PUT", query: ["tagging"], operation: "PutObjectTagging" },
  { on: "object", method: "PUT", query: ["acl"], operation: "PutObjectAcl" },
  { on: "object", method: "PUT", header: "x-amz-copy-source", operation: "CopyObject" },
  { on: "object", method: "PUT", operation: "PutObject" },
  { on: "object", method: "POST", query: ["uploads"], operation: "CreateMultipartUpload" },
  { on: "object", method: "POST", query: ["uploadId"], operation: "CompleteMultipartUpload" },
  { on: "object", method: "POST", query: ["restore"], operation: "RestoreObject" },
  { on: "object", method: "DELETE", query: ["uploadId"], operation: "AbortMultipartUpload" },
  { on: "object", method: "DELETE", query: ["tagging"], operation: "DeleteObjectTagging" },
  { on: "object", method: "DELETE", operation: "DeleteObject" },
] as const satisfies readonly Rule[];

/**
 * Parameters that make a request a different one. Each one the chosen rule does not name is
 * refused: a PUT of an unknown subresource that were taken for a plain PUT would overwrite the
 * object.
 */
const subresources = new Set([
  "abac",
  "accelerate",
  "acl",
  "analytics",
  "annotation",
  "annotations",
  "attributes",
  "append",
  "cors",
  "delete",
  "encryption",
  "intelligent-tiering",
  "inventory",
  "legal-hold",
  "lifecycle",
  "location",
  "logging",
  "metadataConfiguration",
  "metadataInventoryTable",
  "metadataJournalTable",
  "metadataTable",
  "metrics",
  "notification",
  "object-lock",
  "ownershipControls",
  "policy",
  "policyStatus",
  "publicAccessBlock",
  "renameObject",
  "replication",
  "requestPayment",
  "restore",
  "retention",
  "select",
  "select-type",
  "session",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versioning",
  "versions",
  "website",
]);

/**
 * Headers that ask for something this server does not do; they are refused rather than passed over.
 */
const refusedHeaders = [
  "x-amz-write-offset-bytes",
  "x-amz-rename-source",
  "x-amz-fwd-status",
  "x-amz-request-route",
];

/** Whether the server knows an operation of this name. */
export function isOperationName(name: string): boolean {
  return rules.some(({ operation }) => operation === name);
}

/** Finds the operation a request asks for; refuses what this server does not do. */
export function route(head: RequestHead): OperationName {
  const on = head.bucketName === "" ? "service" : head.key === "" ? "bucket" : "object";
  for (const name of refusedHeaders) {
    if (head.headers.has(name)) throw new Refusal("NotImplemented", { details: { Header: name } });
  }
  const rule = rules.find((rule: Rule) => rule.on === on && fits(rule, head));
  if (rule === undefined) {
    const isS3Method = ["GET", "HEAD", "PUT", "POST", "DELETE"].includes(head.method);
    throw new Refusal(isS3Method && on !== "service" ? "NotImplemented" : "MethodNotAllowed", {
      details: { Method: head.method, ResourceType: on.toUpperCase() },
    });
  }
  const wanted: readonly string[] = "query" in rule ? rule.query : [];
  for (const name of head.query.keys()) {
    const isOther = subresources.has(name) || (name === "partNumber" && head.method === "PUT");
    if (isOther && !wanted.includes(name)) {
      throw new Refusal("NotImplemented", { details: { Parameter: name } });
    }
  }
  return rule.operation;
}

function fits(rule: Rule, { method, query, headers }: RequestHead): boolean {
  if (rule.method !== method) return false;
  if (rule.header !== undefined && !headers.has(rule.header)) return false;
  const names = rule.query ?? [];
  if (!names.every((name) => query.has(name))) return false;
  return rule.value === undefined || query.get(names[0]!) === rule.value;
}
