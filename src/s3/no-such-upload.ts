import { S3Error } from "./error.ts";

/**
 * Whether a request about an upload failed because there is none of this id. S3 says NoSuchUpload;
 * radosgw sends a 404 without a body, in which only the status can be read.
 */
export function isNoSuchUpload(error: unknown): boolean {
  if (!(error instanceof S3Error)) return false;
  return error.code === "NoSuchUpload" || (error.status === 404 && error.code === "NoSuchKey");
}
