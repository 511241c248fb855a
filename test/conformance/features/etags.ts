import {
  CopyObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from "@aws-sdk/client-s3";

import { beginUpload, md5, multipartEtag, parts, putInParts, whole } from "./multipart.ts";
import type { Probes } from "./probe.ts";

/** The ETags that S3 gives and how they are written. */
export const etagProbes: Probes<
  "completeEtag" | "quotesOnCopy" | "uploadPartCopyEtag" | "copyOfMultipartEtag"
> = {
  async completeEtag(site) {
    const { ETag } = await putInParts(site, "k");
    return ETag === multipartEtag;
  },

  async quotesOnCopy({ s3, Bucket }) {
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "hello" }));
    const copied = await s3.send(
      new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/k` }),
    );
    return copied.CopyObjectResult?.ETag === `"${md5(Buffer.from("hello"))}"`;
  },

  async uploadPartCopyEtag(site) {
    await putInParts(site, "k");
    const { s3, Bucket } = site;
    const upload = await beginUpload(site, "copy");
    const { CopyPartResult } = await s3.send(
      new UploadPartCopyCommand({
        ...upload,
        PartNumber: 1,
        CopySource: `${Bucket}/k`,
        CopySourceRange: `bytes=0-${parts[0].length - 1}`,
      }),
    );
    // With quotes or without is another question.
    return CopyPartResult?.ETag?.replaceAll('"', "") === md5(parts[0]);
  },

  async copyOfMultipartEtag(site) {
    await putInParts(site, "k");
    const { s3, Bucket } = site;
    await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/k` }));
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: "copy" }));
    return ETag === `"${md5(whole)}"`;
  },
};
