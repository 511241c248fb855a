import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { percentEncode } from "./percent-encode.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { xmlBody } from "./xml-body.ts";
import { encodeEntities } from "./xml-entities.ts";
import { xmlNamespace } from "./xml-namespace.ts";
import { parseXml } from "./xml.ts";

/** A tag of an object; an object has up to ten, and no two of one key. */
export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Reads an object's tags, in the server's order (GetObjectTagging). */
export async function getObjectTagging(
  bucket: S3Bucket,
  key: string,
  { versionId }: { readonly versionId?: string | undefined } = {},
  options?: CallOptions,
): Promise<readonly Tag[]> {
  const { bytes } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "GetObjectTagging",
      method: "GET",
      key,
      query: { tagging: "", versionId },
    }),
    options,
  );
  const tags = parseXml(bytes, "Tagging").child("TagSet")?.children("Tag") ?? [];
  return tags.map((tag) => {
    const name = tag.text("Key");
    if (!name) throw new UnexpectedReplyError("a tag has no key");
    return { key: name, value: tag.text("Value") ?? "" };
  });
}

/** Replaces an object's tags (PutObjectTagging). */
export async function putObjectTagging(
  bucket: S3Bucket,
  key: string,
  { tags, versionId }: { readonly tags: readonly Tag[]; readonly versionId?: string | undefined },
  options?: CallOptions,
): Promise<void> {
  const set = tags.map(
    (tag) =>
      `<Tag><Key>${encodeEntities(tag.key)}</Key><Value>${encodeEntities(tag.value)}</Value></Tag>`,
  );
  const document = `<Tagging xmlns="${xmlNamespace}"><TagSet>${set.join("")}</TagSet></Tagging>`;
  await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "PutObjectTagging",
      method: "PUT",
      key,
      query: { tagging: "", versionId },
      ...xmlBody(document),
    }),
    options,
  );
}

/**
 * Writes tags as the header `x-amz-tagging` takes them, with which an object gets them when it is
 * made: `a=1&b=`.
 */
export function taggingHeader(tags: readonly Tag[]): string {
  return tags.map(({ key, value }) => `${percentEncode(key)}=${percentEncode(value)}`).join("&");
}
