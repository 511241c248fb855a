import {
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
} from "@aws-sdk/client-s3";

import { beginUpload, multipartEtag, parts, putInParts, whole } from "./multipart.ts";
import { isRefused, type Probes } from "./probe.ts";

/** Reading an object part by part, and how it is made of parts. */
export const partProbes: Probes<
  "partNumber" | "partNumberBody" | "partNumberBeyondEnd" | "objectAttributes" | "timesOfUploads"
> = {
  async partNumber(site) {
    await putInParts(site, "k");
    const { s3, Bucket } = site;
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "k", PartNumber: 2 }));
    return head.ContentLength === parts[1].length && head.PartsCount === 2;
  },

  async partNumberBody(site) {
    await putInParts(site, "k");
    const { s3, Bucket } = site;
    const got = await s3.send(new GetObjectCommand({ Bucket, Key: "k", PartNumber: 2 }));
    const body = await got.Body?.transformToByteArray();
    const range = `bytes ${parts[0].length}-${whole.length - 1}/${whole.length}`;
    return (
      body !== undefined &&
      parts[1].equals(body) &&
      got.ContentRange === range &&
      got.$metadata.httpStatusCode === 206
    );
  },

  async partNumberBeyondEnd(site) {
    await putInParts(site, "k");
    const { s3, Bucket } = site;
    return isRefused(s3.send(new HeadObjectCommand({ Bucket, Key: "k", PartNumber: 3 })), 416);
  },

  async objectAttributes(site) {
    await putInParts(site, "k");
    const { s3, Bucket } = site;
    try {
      const answer = await s3.send(
        new GetObjectAttributesCommand({
          Bucket,
          Key: "k",
          ObjectAttributes: ["ETag", "ObjectSize", "StorageClass", "ObjectParts"],
        }),
      );
      return (
        // The one place where S3 leaves the quotes out.
        `"${answer.ETag}"` === multipartEtag &&
        answer.ObjectSize === whole.length &&
        answer.StorageClass === "STANDARD" &&
        answer.ObjectParts?.TotalPartsCount === 2
      );
    } catch {
      return false;
    }
  },

  async timesOfUploads(site) {
    const { s3, Bucket } = site;
    await beginUpload(site, "k");
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    const ageMs = Date.now() - (Uploads[0]?.Initiated?.getTime() ?? 0);
    return Math.abs(ageMs) < 60_000;
  },
};
