import { parseCopyRange, slice } from "./byte-range.ts";
import type { Call } from "./call.ts";
import { checkSourceConditions } from "./conditions.ts";
import { checkReadKey } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import { findVersion, pickVersion } from "./find-object.ts";
import type { StoredObject } from "./object.ts";
import { isArchived } from "./restore.ts";
import type { Bucket } from "./store.ts";

/** The object a copy reads, after every check on it. */
export interface CopySource {
  readonly bucket: Bucket;
  readonly object: StoredObject;
  /** True when the source was named without a version, or by the newest one. */
  readonly isNewest: boolean;
}

/** Finds the source of CopyObject and UploadPartCopy, which the caller must be allowed to read. */
export function findCopySource(call: Call): CopySource {
  const { headers, store, settings } = call;
  const { bucketName, key, versionId } = parseCopySource(headers.get("x-amz-copy-source") ?? "");
  const bucket = store.bucket(bucketName);
  checkExpectedOwner(bucket, headers.get("x-amz-source-expected-bucket-owner"));
  if (versionId !== undefined && pickVersion(bucket, key, versionId)?.kind === "marker") {
    throw new Refusal("InvalidRequest", {
      message:
        "The source of a copy request may not specifically refer to a delete marker by version id.",
    });
  }
  const action = versionId === undefined ? "s3:GetObject" : "s3:GetObjectVersion";
  const object = findVersion(call, bucket, key, versionId, action);
  checkSourceConditions(headers, object);
  checkReadKey(headers, object.encryption, "copy-source-");
  if (isArchived(object, settings.now())) throw new Refusal("ObjectNotInActiveTierError");
  return { bucket, object, isNewest: pickVersion(bucket, key, undefined) === object };
}

/**
 * The bytes that `x-amz-copy-source-range` names, or all. A range of a source that is not larger
 * than a part must be is refused: "You can copy a range only if the source object is greater than 5
 * MB" (API reference, UploadPartCopy).
 */
export function copiedBytes(
  { headers, settings }: Call,
  { object }: CopySource,
): readonly Buffer[] {
  const header = headers.get("x-amz-copy-source-range");
  if (header === undefined) return object.data;
  const range = parseCopyRange(header, object.size);
  if (object.size <= settings.minPartBytes) {
    throw new Refusal("InvalidRequest", {
      message: "The specified copy source is too small for a byte range to be copied",
    });
  }
  return slice(object.data, range);
}

/** Refuses a bucket that is not of the account a client expects. */
export function checkExpectedOwner(bucket: Bucket, expected: string | undefined): void {
  if (expected === undefined || expected === bucket.owner.accountNumber) return;
  throw new Refusal("AccessDenied");
}

/** Reads `[/]BUCKET/KEY[?versionId=ID]`, percent-encoded; a `+` is a space here too. */
function parseCopySource(header: string): {
  bucketName: string;
  key: string;
  versionId: string | undefined;
} {
  const [name, versionId] = header.split("?versionId=", 2);
  let decoded: string;
  try {
    const utf8 = Buffer.from(name ?? "", "latin1").toString();
    decoded = decodeURIComponent(utf8.replaceAll("+", " ")).replace(/^\//, "");
  } catch {
    throw invalidSource(header);
  }
  const slash = decoded.indexOf("/");
  if (slash < 1 || slash === decoded.length - 1 || decoded.startsWith("arn:")) {
    throw invalidSource(header);
  }
  return { bucketName: decoded.slice(0, slash), key: decoded.slice(slash + 1), versionId };
}

function invalidSource(header: string): Refusal {
  return new Refusal("InvalidArgument", {
    message: "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
    details: { ArgumentName: "x-amz-copy-source", ArgumentValue: header },
  });
}
