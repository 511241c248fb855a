import { createHash } from "node:crypto";

import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  RestoreObjectCommand,
  type StorageClass,
} from "@aws-sdk/client-s3";

import { putInParts } from "./multipart.ts";
import { isRefused, type Probes, type Site, succeeds } from "./probe.ts";

/** A sample of those classes whose objects can be read at once. */
const classes: readonly StorageClass[] = [
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
];

/** What an object carries besides its bytes. */
export const objectProbes: Probes<
  | "tagsAtCreate"
  | "storageClasses"
  | "restore"
  | "restoreStatusInLists"
  | "customerKeys"
  | "kmsKeys"
> = {
  async tagsAtCreate(site) {
    const { s3, Bucket } = site;
    await putInParts(site, "k", { Tagging: "colour=blue" });
    const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: "k" }));
    return TagSet.length === 1 && TagSet[0]?.Key === "colour" && TagSet[0].Value === "blue";
  },

  async storageClasses({ s3, Bucket }) {
    for (const StorageClass of classes) {
      const Key = StorageClass;
      const put = new PutObjectCommand({ Bucket, Key, Body: "hello", StorageClass });
      if (!(await succeeds(s3.send(put)))) return false;
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
      if (head.StorageClass !== StorageClass) return false;
    }
    return true;
  },

  async restore(site) {
    const { s3, Bucket } = site;
    if (!(await putArchived(site))) return false;
    const get = s3.send(new GetObjectCommand({ Bucket, Key: "k" }));
    return (await isRefused(get, 403)) && restoreObject(site);
  },

  async restoreStatusInLists(site) {
    const { s3, Bucket } = site;
    if (!(await putArchived(site)) || !(await restoreObject(site))) return false;
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket, OptionalObjectAttributes: ["RestoreStatus"] }),
    );
    return Contents[0]?.RestoreStatus !== undefined;
  },

  async customerKeys({ s3, Bucket }) {
    const key = Buffer.alloc(32, "customer");
    const encryption = {
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: key.toString("base64"),
      SSECustomerKeyMD5: createHash("md5").update(key).digest("base64"),
    };
    const object = { Bucket, Key: "k" };
    await s3.send(new PutObjectCommand({ ...object, Body: "hello", ...encryption }));
    const { Body } = await s3.send(new GetObjectCommand({ ...object, ...encryption }));
    const text = await Body?.transformToString();
    return text === "hello" && isRefused(s3.send(new GetObjectCommand(object)), 400);
  },

  async kmsKeys({ s3, Bucket }) {
    const put = new PutObjectCommand({
      Bucket,
      Key: "k",
      Body: "hello",
      ServerSideEncryption: "aws:kms",
      // One that radosgw was configured with.
      SSEKMSKeyId: "testkey-1",
    });
    if (!(await succeeds(s3.send(put)))) return false;
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "k" }));
    return head.ServerSideEncryption === "aws:kms" && !!head.SSEKMSKeyId?.endsWith("testkey-1");
  },
};

function putArchived({ s3, Bucket }: Site): Promise<boolean> {
  const put = new PutObjectCommand({ Bucket, Key: "k", Body: "hello", StorageClass: "GLACIER" });
  return succeeds(s3.send(put));
}

function restoreObject({ s3, Bucket }: Site): Promise<boolean> {
  const RestoreRequest = { Days: 1, GlacierJobParameters: { Tier: "Expedited" as const } };
  return succeeds(s3.send(new RestoreObjectCommand({ Bucket, Key: "k", RestoreRequest })));
}
