import type { HttpReply } from "./transport.ts";
import type { Headers } from "./bucket-request.ts";
import { checksumOfHeaders } from "./checksum.ts";
import type { Checksum } from "./checksum.ts";
import { encryptionOf } from "./encryption.ts";
import type { Encryption } from "./encryption.ts";
import { bareEtag } from "./etag.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";

export type { Checksum } from "./checksum.ts";

/** Bytes of an object: offsets from 0, the last one included, and the size of the whole. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  readonly size: number;
}

/** What S3 says of an object, or of a part of it, in the head of a reply to HEAD or GET. */
export interface ObjectHead {
  /** Without quotes. */
  readonly etag: string;
  /**
   * The length of this reply's body in bytes: of the part or the range, where one was asked for and
   * given.
   */
  readonly size: number;
  /**
   * Which bytes of the object these are; undefined when they are all of it, or the server does not
   * say.
   */
  readonly range: ContentRange | undefined;
  /**
   * Sent for a multipart object when a part was asked for, by servers that know parts; its absence
   * means the whole came.
   */
  readonly partsCount: number | undefined;
  readonly versionId: string | undefined;
  /** ISO 8601, whole seconds. */
  readonly lastModified: string | undefined;
  /** `STANDARD` where the reply names none. */
  readonly storageClass: string;
  /**
   * `ongoing` while an archived object is being restored; then the time until which it can be read,
   * in ISO 8601.
   */
  readonly restore: "ongoing" | (string & Record<never, never>) | undefined;
  /** Set for an Intelligent-Tiering object that must be restored before it can be read. */
  readonly archiveStatus: string | undefined;
  readonly encryption: Encryption;
  /** Only in replies to requests with `checksums`. */
  readonly checksum: Checksum | undefined;
  /** How many tags the object has; 0 also where the caller may not read tags. */
  readonly tagCount: number;
  /** How many user metadata values S3 could not send as headers: a copy cannot have them. */
  readonly missingMetadata: number;
  /** All headers, names in lower case. */
  readonly headers: Headers;
}

/**
 * Reads an object's head from a reply. Throws an UnexpectedReplyError where the length is missing
 * or a number is not one.
 */
export function objectHeadOf(reply: Pick<HttpReply, "status" | "headers">): ObjectHead {
  const { headers } = reply;
  const range = rangeOf(headers["content-range"]);
  return {
    etag: bareEtag(headers["etag"] ?? ""),
    size: sizeOf(headers, range),
    range,
    partsCount: numberOf(headers, "x-amz-mp-parts-count"),
    versionId: headers["x-amz-version-id"],
    // Read when it is asked for, which is seldom: to read a date takes as long as all else here.
    get lastModified() {
      return isoOf(headers["last-modified"])?.replace(".000Z", "Z");
    },
    storageClass: headers["x-amz-storage-class"] ?? "STANDARD",
    restore: restoreOf(headers["x-amz-restore"]),
    archiveStatus: headers["x-amz-archive-status"],
    encryption: encryptionOf(headers),
    checksum: checksumOfHeaders(headers),
    tagCount: numberOf(headers, "x-amz-tagging-count") ?? 0,
    missingMetadata: numberOf(headers, "x-amz-missing-meta") ?? 0,
    headers,
  };
}

const carriedNames = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "x-amz-website-redirect-location",
] as const;

/**
 * The headers a copy by GET and PUT, or by a multipart upload, must send again, since S3 carries
 * none of them over by itself. `aws-chunked` is left out of the content encoding: it told how the
 * bytes were sent, not what they are, and some servers keep it.
 */
export function carriedHeaders(head: ObjectHead): Record<string, string> {
  const carried: Record<string, string> = {};
  for (const name of carriedNames) {
    const value = name === "content-encoding" ? ownEncoding(head.headers) : head.headers[name];
    if (value) carried[name] = value;
  }
  for (const name in head.headers) {
    if (name.startsWith("x-amz-meta-")) carried[name] = head.headers[name]!;
  }
  if (head.storageClass !== "STANDARD") carried["x-amz-storage-class"] = head.storageClass;
  return carried;
}

function ownEncoding(headers: Headers): string | undefined {
  const sent = headers["content-encoding"];
  if (!sent?.includes("aws-chunked")) return sent;
  const kept = sent.split(",").map((coding) => coding.trim());
  return kept.filter((coding) => coding !== "aws-chunked").join(",");
}

function sizeOf(headers: Headers, range: ContentRange | undefined): number {
  const size = numberOf(headers, "content-length");
  if (size !== undefined) return size;
  if (range) return range.last - range.first + 1;
  throw new UnexpectedReplyError("the reply does not say how long the object is");
}

function rangeOf(text: string | undefined): ContentRange | undefined {
  if (text === undefined) return undefined;
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(text) ?? [];
  if (size === undefined) throw new UnexpectedReplyError(`the reply's Content-Range is "${text}"`);
  return { first: Number(first), last: Number(last), size: Number(size) };
}

function numberOf(headers: Headers, name: string): number | undefined {
  const text = headers[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) {
    throw new UnexpectedReplyError(`the reply's ${name} is "${text}"`);
  }
  return number;
}

function restoreOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/ongoing-request="true"/.test(text)) return "ongoing";
  return isoOf(/expiry-date="([^"]*)"/.exec(text)?.[1]);
}

function isoOf(httpDate: string | undefined): string | undefined {
  const time = httpDate === undefined ? NaN : Date.parse(httpDate);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
