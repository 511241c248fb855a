import type { Entry } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import type { UploadIdentity } from "../s3/create-multipart-upload.ts";
import { S3Error } from "../s3/error.ts";
import { listMultipartUploads } from "../s3/list-multipart-uploads.ts";
import { targetKeyOf } from "./copy-run.ts";

/**
 * Finds the upload that an earlier try began for the copy of an object: the newest unfinished one
 * of its key. One that is older than the object was begun for another, with that one's metadata,
 * and is not taken. Who may not list uploads has none.
 */
export async function unfinishedUpload(
  target: S3Bucket,
  entry: Entry,
  signal: AbortSignal,
): Promise<UploadIdentity | undefined> {
  const key = targetKeyOf(entry);
  // Uploads of a key are listed oldest first, and before those of any key that it is a prefix of.
  const { uploads } = await listMultipartUploads(target, { prefix: key }, { signal }).catch(
    (error: unknown) => {
      if (error instanceof S3Error && error.status === 403) return { uploads: [] };
      throw error;
    },
  );
  const modified = Date.parse(`${entry.mtime.replace(" ", "T")}Z`);
  const upload = uploads.findLast(
    ({ key: of, initiated }) => of === key && Date.parse(initiated) >= modified,
  );
  // How its parts are encrypted cannot be asked, so that counts as unknown.
  return upload && { uploadId: upload.uploadId, encryption: "other" };
}
