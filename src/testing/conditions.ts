import { Refusal } from "./errors.ts";
import type { StoredObject } from "./object.ts";

type Headers = ReadonlyMap<string, string>;
type Tested = Pick<StoredObject, "etag" | "lastModified">;

/**
 * Tests the conditions of a GET or HEAD. Gives false for a reply of 304 without a body. The order
 * is that of RFC 9110, section 13.2.2: an If-Match that holds makes If-Unmodified-Since void, an
 * If-None-Match makes If-Modified-Since void.
 */
export function checkReadConditions(headers: Headers, object: Tested): boolean {
  const failed = failedPrecondition(headers, "", object);
  if (failed !== undefined) throw preconditionFailed(failed);
  return failedNoneMatch(headers, "", object) === undefined;
}

/**
 * Tests the conditions of a copy on its source: where a GET would answer 304, a copy is refused
 * with 412.
 */
export function checkSourceConditions(headers: Headers, object: Tested): void {
  const failed =
    failedPrecondition(headers, "x-amz-copy-source-", object) ??
    failedNoneMatch(headers, "x-amz-copy-source-", object);
  if (failed !== undefined) throw preconditionFailed(`x-amz-copy-source-${failed}`);
}

/**
 * Tests the conditions of a PUT, copy or CompleteMultipartUpload on the object it would replace
 * ("Add preconditions to S3 operations with conditional requests" in the user guide).
 *
 * | header | no object | other ETag | same ETag |
 * | --- | --- | --- | --- |
 * | If-None-Match: * | write | 412 | 412 |
 * | If-Match: etag | 404 NoSuchKey | 412 | write |
 */
export function checkWriteConditions(
  headers: Headers,
  key: string,
  current: StoredObject | undefined,
): void {
  const ifMatch = headers.get("if-match");
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== undefined && (ifNoneMatch !== "*" || ifMatch !== undefined)) {
    throw new Refusal("NotImplemented", { details: { Header: "If-None-Match" } });
  }
  if (ifNoneMatch !== undefined && current !== undefined) throw preconditionFailed("If-None-Match");
  if (ifMatch === undefined) return;
  if (current === undefined) throw new Refusal("NoSuchKey", { details: { Key: key } });
  if (!matchesEtag(ifMatch, current.etag)) throw preconditionFailed("If-Match");
}

/** Tests an ETag that a delete is conditional on; an object that is not there needs none. */
export function checkDeleteCondition(
  etag: string | undefined,
  current: StoredObject | undefined,
): void {
  if (etag === undefined || current === undefined) return;
  if (!matchesEtag(etag, current.etag)) throw preconditionFailed("If-Match");
}

/** True when a list of ETags, with or without quotes, names this one. */
export function matchesEtag(list: string, etag: string): boolean {
  return list.split(",").some((entry) => {
    const value = entry.trim();
    return value === "*" || unquote(value) === etag;
  });
}

/** An ETag without its quotes and without the mark of a weak one. */
export function unquote(etag: string): string {
  return etag.replace(/^W\//, "").replaceAll('"', "");
}

function failedPrecondition(headers: Headers, of: string, object: Tested): string | undefined {
  const ifMatch = headers.get(`${of}if-match`);
  if (ifMatch !== undefined) return matchesEtag(ifMatch, object.etag) ? undefined : "If-Match";
  const since = time(headers.get(`${of}if-unmodified-since`));
  return since !== undefined && object.lastModified.getTime() > since
    ? "If-Unmodified-Since"
    : undefined;
}

function failedNoneMatch(headers: Headers, of: string, object: Tested): string | undefined {
  const ifNoneMatch = headers.get(`${of}if-none-match`);
  if (ifNoneMatch !== undefined) {
    return matchesEtag(ifNoneMatch, object.etag) ? "If-None-Match" : undefined;
  }
  const since = time(headers.get(`${of}if-modified-since`));
  return since !== undefined && object.lastModified.getTime() <= since
    ? "If-Modified-Since"
    : undefined;
}

function time(header: string | undefined): number | undefined {
  const time = Date.parse(header ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function preconditionFailed(condition: string): Refusal {
  return new Refusal("PreconditionFailed", { details: { Condition: condition } });
}
