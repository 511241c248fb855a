import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { S3Error } from "./error.ts";
import { quotedEtag } from "./etag.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { xmlBody } from "./xml-body.ts";
import { encodeEntities, isXmlText } from "./xml-entities.ts";
import { xmlNamespace } from "./xml-namespace.ts";
import { parseXml } from "./xml.ts";

/** An object to delete. */
export interface ObjectToDelete {
  readonly key: string;
  /**
   * Deletes this version for good, where without one a versioned bucket keeps it behind a marker.
   */
  readonly versionId?: string | undefined;
  /** The ETag the object must still have, without quotes. */
  readonly ifMatch?: string | undefined;
}

/** An object that could not be deleted, and S3's word for why. */
export interface DeleteFailure {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly code: string;
  readonly message: string;
}

/** The most objects that one request may name (S3's limit). */
export const maxDeletes = 1000;

/**
 * Deletes up to 1000 objects with one request (DeleteObjects) and gives those that failed; an
 * object that is not there is deleted. A key with a character that XML cannot carry is refused by
 * S3 in a list, so each such key takes a request of its own.
 */
export async function deleteObjects(
  bucket: S3Bucket,
  objects: readonly ObjectToDelete[],
  options?: CallOptions,
): Promise<readonly DeleteFailure[]> {
  if (objects.length > maxDeletes) {
    throw new RangeError(`${objects.length} objects in one DeleteObjects`);
  }
  const failures: DeleteFailure[] = [];
  const listed = objects.filter(({ key }) => isXmlText(key));
  if (listed.length > 0) failures.push(...(await deleteListed(bucket, listed, options)));
  for (const object of objects) {
    if (isXmlText(object.key)) continue;
    const failure = await deleteAlone(bucket, object, options);
    if (failure) failures.push(failure);
  }
  return failures;
}

/** Deletes one object (DeleteObject); one that is not there is deleted. */
export async function deleteObject(
  bucket: S3Bucket,
  { key, versionId, ifMatch }: ObjectToDelete,
  options?: CallOptions,
): Promise<void> {
  await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "DeleteObject",
      method: "DELETE",
      key,
      query: { versionId },
      headers: { "if-match": ifMatch === undefined ? undefined : quotedEtag(ifMatch) },
    }),
    options,
  );
}

async function deleteListed(
  bucket: S3Bucket,
  objects: readonly ObjectToDelete[],
  options?: CallOptions,
): Promise<DeleteFailure[]> {
  const { bytes } = await bucket.s3.fetch(
    bucketRequest(bucket, {
      operation: "DeleteObjects",
      method: "POST",
      query: { delete: "" },
      ...xmlBody(deleteList(objects)),
    }),
    options,
  );
  const asked = new Set(objects.map(({ key }) => key));
  return parseXml(bytes, "DeleteResult")
    .children("Error")
    .map((error) => {
      const key = error.text("Key") ?? "";
      // A failure that belongs to no object here would leave one that failed looking deleted.
      if (!asked.has(key)) {
        throw new UnexpectedReplyError(`an answer to DeleteObjects names another key: "${key}"`);
      }
      return {
        key,
        versionId: error.text("VersionId") || undefined,
        code: error.text("Code") || "UnknownError",
        message: error.text("Message") ?? "",
      };
    });
}

async function deleteAlone(
  bucket: S3Bucket,
  object: ObjectToDelete,
  options?: CallOptions,
): Promise<DeleteFailure | undefined> {
  try {
    await deleteObject(bucket, object, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof S3Error && error.isAboutOneObject)) throw error;
    const { code, message } = error;
    return { key: object.key, versionId: object.versionId, code, message };
  }
}

function deleteList(objects: readonly ObjectToDelete[]): string {
  let list = "";
  for (const { key, versionId, ifMatch } of objects) {
    const version =
      versionId === undefined ? "" : `<VersionId>${encodeEntities(versionId)}</VersionId>`;
    const etag = ifMatch === undefined ? "" : `<ETag>${encodeEntities(quotedEtag(ifMatch))}</ETag>`;
    list += `<Object><Key>${encodeEntities(key)}</Key>${version}${etag}</Object>`;
  }
  return `<Delete xmlns="${xmlNamespace}"><Quiet>true</Quiet>${list}</Delete>`;
}
