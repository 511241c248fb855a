import { createHash } from "node:crypto";

/**
 * The body and the headers of a request that sends a document. With the MD5 S3 refuses one that was
 * damaged on its way; DeleteObjects wants it, or a checksum.
 */
export function xmlBody(document: string): {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
} {
  const body = Buffer.from(document);
  const md5 = createHash("md5").update(body).digest("base64");
  return { body, headers: { "content-type": "application/xml", "content-md5": md5 } };
}
