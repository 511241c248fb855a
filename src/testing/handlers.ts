import { demand } from "./access.ts";
import {
  deleteBucketEncryption,
  deleteBucketPolicy,
  deleteBucketTagging,
  fixedConfiguration,
  getAcl,
  getBucketEncryption,
  getBucketPolicy,
  getBucketTagging,
  getBucketVersioning,
  getObjectLockConfiguration,
  putBucketEncryption,
  putBucketPolicy,
  putBucketTagging,
  putBucketVersioning,
  withoutConfiguration,
} from "./bucket-config.ts";
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from "./buckets.ts";
import type { Call, Handler, Reply } from "./call.ts";
import { completeMultipartUpload } from "./complete-upload.ts";
import { copyObject } from "./copy-object.ts";
import { deleteObject, deleteObjects } from "./delete-objects.ts";
import { checkAcl } from "./describe-object.ts";
import { Refusal } from "./errors.ts";
import { getObject } from "./get-object.ts";
import { listObjects, listObjectsV2 } from "./list-objects.ts";
import { listMultipartUploads, listParts } from "./list-uploads.ts";
import { listObjectVersions } from "./list-versions.ts";
import {
  abortMultipartUpload,
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
} from "./multipart.ts";
import { getObjectAttributes } from "./object-attributes.ts";
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from "./object-tagging.ts";
import { restoreObject } from "./restore.ts";
import type { OperationName } from "./route.ts";
import { putObject } from "./write-object.ts";

/** What carries out each operation. */
export const handlers: Readonly<Record<OperationName, Handler>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  GetBucketEncryption: getBucketEncryption,
  PutBucketEncryption: putBucketEncryption,
  DeleteBucketEncryption: deleteBucketEncryption,
  GetBucketTagging: getBucketTagging,
  PutBucketTagging: putBucketTagging,
  DeleteBucketTagging: deleteBucketTagging,
  GetBucketPolicy: getBucketPolicy,
  PutBucketPolicy: putBucketPolicy,
  DeleteBucketPolicy: deleteBucketPolicy,
  GetBucketPolicyStatus: fixedConfiguration("s3:GetBucketPolicyStatus", "PolicyStatus", {
    IsPublic: false,
  }),
  GetBucketAcl: getAcl,
  GetBucketLifecycleConfiguration: withoutConfiguration(
    "s3:GetLifecycleConfiguration",
    "NoSuchLifecycleConfiguration",
  ),
  GetBucketCors: withoutConfiguration("s3:GetBucketCORS", "NoSuchCORSConfiguration"),
  GetBucketWebsite: withoutConfiguration("s3:GetBucketWebsite", "NoSuchWebsiteConfiguration"),
  GetBucketReplication: withoutConfiguration(
    "s3:GetReplicationConfiguration",
    "ReplicationConfigurationNotFoundError",
  ),
  GetObjectLockConfiguration: getObjectLockConfiguration,
  GetPublicAccessBlock: withoutConfiguration(
    "s3:GetBucketPublicAccessBlock",
    "NoSuchPublicAccessBlockConfiguration",
  ),
  GetBucketOwnershipControls: fixedConfiguration(
    "s3:GetBucketOwnershipControls",
    "OwnershipControls",
    { Rule: { ObjectOwnership: "BucketOwnerEnforced" } },
  ),
  GetBucketRequestPayment: fixedConfiguration(
    "s3:GetBucketRequestPayment",
    "RequestPaymentConfiguration",
    { Payer: "BucketOwner" },
  ),
  GetBucketLogging: fixedConfiguration("s3:GetBucketLogging", "BucketLoggingStatus", {}),
  GetBucketNotificationConfiguration: fixedConfiguration(
    "s3:GetBucketNotification",
    "NotificationConfiguration",
    {},
  ),
  GetBucketAccelerateConfiguration: fixedConfiguration(
    "s3:GetAccelerateConfiguration",
    "AccelerateConfiguration",
    {},
  ),
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
  HeadObject: getObject,
  GetObject: getObject,
  GetObjectAttributes: getObjectAttributes,
  GetObjectTagging: getObjectTagging,
  GetObjectAcl: getAcl,
  GetObjectRetention: withoutLock("s3:GetObjectRetention"),
  GetObjectLegalHold: withoutLock("s3:GetObjectLegalHold"),
  PutObject: putObject,
  CopyObject: copyObject,
  PutObjectTagging: putObjectTagging,
  PutObjectAcl: putObjectAcl,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  ListParts: listParts,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  RestoreObject: restoreObject,
  DeleteObject: deleteObject,
  DeleteObjectTagging: deleteObjectTagging,
};

/** A lock is given to an object as it is written, and told by its head; there is no request of its own here. */
function withoutLock(action: string): Handler {
  return ({ bucket, caller, key }) => {
    demand(bucket, caller, action, key);
    if (bucket.hasObjectLock) throw new Refusal("NotImplemented");
    throw new Refusal("InvalidRequest", {
      message: "Bucket is missing Object Lock Configuration",
      details: { BucketName: bucket.name },
    });
  };
}

/**
 * PutObjectAcl. Only an ACL that changes nothing is accepted, since buckets here do not use ACLs.
 */
function putObjectAcl({ bucket, caller, key, headers }: Call): Reply {
  demand(bucket, caller, "s3:PutObjectAcl", key);
  checkAcl(headers);
  if (headers.get("x-amz-acl") === "bucket-owner-full-control") return { status: 200 };
  throw new Refusal("AccessControlListNotSupported");
}
