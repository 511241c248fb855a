import type { CallOptions, S3Bucket } from "../s3/client.ts";
import type { ObjectHead } from "../s3/object-head.ts";
import { getObjectTagging, taggingHeader } from "../s3/tagging.ts";

/**
 * The header that gives a new object the source's tags. They take a request only where the head
 * says that there are some.
 */
export async function tagsHeader(
  source: S3Bucket,
  key: string,
  head: ObjectHead,
  versionId: string | undefined,
  options: CallOptions,
): Promise<Record<string, string>> {
  if (head.tagCount === 0) return {};
  const tags = await getObjectTagging(source, key, { versionId }, options);
  return { "x-amz-tagging": taggingHeader(tags) };
}
