import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";

import { beginUpload, putInParts } from "./multipart.ts";
import { isRefused, type Probes, type Site, succeeds } from "./probe.ts";

/** An ETag that no object here has. */
const otherEtag = '"00000000000000000000000000000000"';

/** Requests that are to be carried out only while an object is as it was. */
export const conditionProbes: Probes<
  | "copySourceIfMatch"
  | "copySourceIfNoneMatch"
  | "ifMatchOnPut"
  | "ifNoneMatchOnComplete"
  | "ifMatchOnComplete"
  | "copyTargetConditions"
  | "ifMatchOnDelete"
  | "ifMatchOnDeleteObjects"
> = {
  async copySourceIfMatch(site) {
    const { s3, Bucket } = site;
    await putHello(site);
    const condition = { CopySource: `${Bucket}/k`, CopySourceIfMatch: otherEtag };
    const upload = await beginUpload(site, "parts");
    const copy = s3.send(new CopyObjectCommand({ Bucket, Key: "copy", ...condition }));
    const part = s3.send(new UploadPartCopyCommand({ ...upload, PartNumber: 1, ...condition }));
    const refused = await Promise.all([isRefused(copy, 412), isRefused(part, 412)]);
    return refused.every(Boolean);
  },

  async copySourceIfNoneMatch(site) {
    const { s3, Bucket } = site;
    const etag = await putHello(site);
    const copy = s3.send(
      new CopyObjectCommand({
        Bucket,
        Key: "copy",
        CopySource: `${Bucket}/k`,
        CopySourceIfNoneMatch: etag,
      }),
    );
    return isRefused(copy, 412);
  },

  async ifMatchOnPut(site) {
    const { s3, Bucket } = site;
    const etag = await putHello(site);
    const put = (IfMatch: string | undefined): Promise<unknown> =>
      s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "new", IfMatch }));
    return (await isRefused(put(otherEtag), 412)) && succeeds(put(etag));
  },

  async ifNoneMatchOnComplete(site) {
    await putHello(site);
    return isRefused(putInParts(site, "k", {}, { IfNoneMatch: "*" }), 412);
  },

  async ifMatchOnComplete(site) {
    await putHello(site);
    return isRefused(putInParts(site, "k", {}, { IfMatch: otherEtag }), 412);
  },

  async copyTargetConditions(site) {
    const { s3, Bucket } = site;
    await putHello(site);
    await s3.send(new PutObjectCommand({ Bucket, Key: "there", Body: "there" }));
    const copy = { Bucket, Key: "there", CopySource: `${Bucket}/k` };
    const ifNew = s3.send(new CopyObjectCommand({ ...copy, IfNoneMatch: "*" }));
    const ifSame = s3.send(new CopyObjectCommand({ ...copy, IfMatch: otherEtag }));
    const refused = await Promise.all([isRefused(ifNew, 412), isRefused(ifSame, 412)]);
    return refused.every(Boolean);
  },

  async ifMatchOnDelete(site) {
    const { s3, Bucket } = site;
    await putHello(site);
    const deletion = s3.send(new DeleteObjectCommand({ Bucket, Key: "k", IfMatch: otherEtag }));
    return isRefused(deletion, 412);
  },

  async ifMatchOnDeleteObjects(site) {
    const { s3, Bucket } = site;
    await putHello(site);
    const Objects = [{ Key: "k", ETag: otherEtag }];
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    return Errors[0]?.Code === "PreconditionFailed";
  },
};

async function putHello({ s3, Bucket }: Site): Promise<string | undefined> {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "hello" }));
  return ETag;
}
