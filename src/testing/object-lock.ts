import { Refusal } from "./errors.ts";
import type { StoredObject } from "./object.ts";
import type { Bucket } from "./store.ts";

/** What keeps a version from being deleted (user guide, "Locking objects with Object Lock"). */
export interface ObjectLock {
  readonly retention:
    | { readonly mode: "GOVERNANCE" | "COMPLIANCE"; readonly until: Date }
    | undefined;
  readonly legalHold: boolean;
}

type Headers = ReadonlyMap<string, string>;

const name = "x-amz-object-lock";

/** The lock that a PUT, copy or CreateMultipartUpload asks for; only a bucket that was made for it takes one. */
export function askedLock(headers: Headers, bucket: Bucket, now: Date): ObjectLock | undefined {
  const mode = headers.get(`${name}-mode`);
  const until = headers.get(`${name}-retain-until-date`);
  const hold = headers.get(`${name}-legal-hold`);
  if (mode === undefined && until === undefined && hold === undefined) return undefined;
  if (!bucket.hasObjectLock) {
    throw new Refusal("InvalidRequest", { message: "Bucket is missing Object Lock Configuration" });
  }
  if (hold !== undefined && hold !== "ON" && hold !== "OFF") {
    throw invalid("Legal Hold must be either of 'ON' or 'OFF'");
  }
  return { retention: retentionOf(mode, until, now), legalHold: hold === "ON" };
}

/** Refuses a PutObject with a lock whose body nothing proves. */
export function checkLockedBody(headers: Headers, lock: ObjectLock | undefined): void {
  const isProved = [...headers.keys()].some(
    (header) => header === "content-md5" || header.startsWith("x-amz-checksum-"),
  );
  if (lock === undefined || isProved) return;
  throw new Refusal("InvalidRequest", {
    message:
      "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
  });
}

/** The headers by which GET and HEAD tell of a lock. */
export function lockHeaders({ lock }: Pick<StoredObject, "lock">): Record<string, string> {
  const headers: Record<string, string> = {};
  if (lock?.retention !== undefined) {
    headers[`${name}-mode`] = lock.retention.mode;
    headers[`${name}-retain-until-date`] = lock.retention.until.toISOString();
  }
  if (lock?.legalHold === true) headers[`${name}-legal-hold`] = "ON";
  return headers;
}

/** Refuses to delete a version for good that is locked still. */
export function checkLock({ lock }: Pick<StoredObject, "lock">, now: Date): void {
  const isRetained = lock?.retention !== undefined && lock.retention.until > now;
  if (!isRetained && lock?.legalHold !== true) return;
  throw new Refusal("AccessDenied", {
    message: "Access Denied because object protected by object lock.",
  });
}

function retentionOf(
  mode: string | undefined,
  until: string | undefined,
  now: Date,
): ObjectLock["retention"] {
  if (mode === undefined && until === undefined) return undefined;
  if (mode === undefined || until === undefined) {
    throw invalid(`${name}-retain-until-date and ${name}-mode must both be supplied`);
  }
  if (mode !== "GOVERNANCE" && mode !== "COMPLIANCE") throw invalid("Unknown wormMode directive.");
  const date = new Date(until);
  if (Number.isNaN(date.valueOf())) throw invalid("The retain until date must be in ISO 8601");
  if (date <= now) throw invalid("The retain until date must be in the future!");
  return { mode, until: date };
}

function invalid(message: string): Refusal {
  return new Refusal("InvalidArgument", { message });
}
