import type { Entry } from "../record/entry.ts";
import type { Headers } from "../s3/bucket-request.ts";
import type { S3Bucket } from "../s3/client.ts";
import { type CustomerKey, customerKeyHeaders } from "../s3/customer-key.ts";
import { carriedHeaders, type ObjectHead } from "../s3/object-head.ts";
import type { WriteCondition } from "../s3/put-object.ts";
import { type Tag, taggingHeader } from "../s3/tagging.ts";
import type { CopyOptions } from "./copy-options.ts";

/** The customers' keys of both sides, as their files have them. */
export interface CustomerKeys {
  readonly source?: CustomerKey | undefined;
  readonly target?: CustomerKey | undefined;
}

/** What a copy's options come to in requests. Made once a run: a copy of an object makes none anew. */
export interface CopyRules {
  readonly options: CopyOptions;
  /** For whoever reads the source: its customer's key. */
  readonly sourceHeaders: Headers;
  /** For whoever has S3 read the source: the same, and what the source's bucket asks for. */
  readonly copySourceHeaders: Headers;
  /** For parts that S3 reads from the source. */
  readonly partCopyHeaders: Headers;
  /** For parts, for Complete and for reading the target: its customer's key. */
  readonly targetHeaders: Headers;
  /** What is given in place of the source's. */
  readonly changes: Headers;
  /** Whether S3 is to take the metadata that a request gives in place of the source's. */
  readonly replacesMetadata: boolean;
  /** True where S3's own copy of a plain object would lack something that a HEAD tells. */
  readonly needsHead: boolean;
  /** The headers with which S3 copies a plain object of a class, where no HEAD is needed. */
  readonly serverHeaders: (storageClass: string | undefined) => Headers;
}

/** Reads the options. */
export function copyRules(
  options: CopyOptions,
  { source, keys = {} }: { readonly source?: S3Bucket; readonly keys?: CustomerKeys | undefined },
): CopyRules {
  const targetHeaders = customerKeyHeaders(keys.target);
  const changes = defined({
    ...contentHeaders(options),
    ...otherHeaders(options),
    ...targetHeaders,
  });
  const copySourceHeaders = defined({
    ...customerKeyHeaders(keys.source, "copy-source-"),
    "x-amz-source-expected-bucket-owner": source?.headers?.["x-amz-expected-bucket-owner"],
    "x-amz-request-payer": source?.headers?.["x-amz-request-payer"],
  });
  const isReplace = options.metadataDirective === "replace";
  const hasContent = Object.values(contentHeaders(options)).some((value) => value !== undefined);
  const isRedirected = options.websiteRedirect === "keep";
  const byClass = new Map<string | undefined, Headers>();
  return {
    options,
    sourceHeaders: customerKeyHeaders(keys.source),
    copySourceHeaders,
    partCopyHeaders: { ...targetHeaders, ...copySourceHeaders },
    targetHeaders,
    changes,
    replacesMetadata: isReplace || hasContent,
    needsHead: (hasContent && !isReplace) || isRedirected || options.objectLock === "keep",
    serverHeaders(storageClass) {
      let headers = byClass.get(storageClass);
      if (headers === undefined) {
        const kept = storageClass === undefined ? {} : { "x-amz-storage-class": storageClass };
        headers = { ...kept, ...changes, ...copySourceHeaders, ...tagsGiven(options) };
        byClass.set(storageClass, headers);
      }
      return headers;
    },
  };
}

/**
 * The headers of a new object that has to be told all that belongs to it: by a PUT, by an upload, or
 * by a CopyObject that replaces the metadata. Its tags are not among them.
 */
export function newObjectHeaders(
  { options, changes }: CopyRules,
  head: ObjectHead,
): Record<string, string | undefined> {
  const carried: Record<string, string | undefined> = carriedHeaders(head);
  if (options.metadataDirective === "replace") {
    for (const name in carried) if (isContent(name)) carried[name] = undefined;
  }
  return { ...carried, ...lockHeaders(options, head), ...changes };
}

/** What S3's own copy does not carry over and a HEAD tells. */
export function headersByHead(
  rules: CopyRules,
  head: ObjectHead,
): Record<string, string | undefined> {
  const all = newObjectHeaders(rules, head);
  if (rules.replacesMetadata) return all;
  for (const name in all) if (isContent(name)) delete all[name];
  return all;
}

/** The tags that are given in place of the source's; undefined where the source's are kept. */
export function tagsGiven({ taggingDirective, tags }: CopyOptions): Headers | undefined {
  if (taggingDirective !== "replace") return undefined;
  const given = Object.entries(tags ?? {}).map(([key, value]): Tag => ({ key, value }));
  return given.length === 0 ? {} : { "x-amz-tagging": taggingHeader(given) };
}

/** What the target's key must be for a copy to be written; undefined where it may be anything. */
export function targetCondition(
  { options }: CopyRules,
  { attributes }: Pick<Entry, "attributes">,
): WriteCondition | undefined {
  if (options.noOverwrite === true) return absent;
  if (options.ifUnchanged !== true) return undefined;
  const replaced = attributes?.["replaces"];
  return replaced === undefined ? absent : { ifMatch: replaced };
}

const absent: WriteCondition = { ifNoneMatch: "*" };

function otherHeaders(options: CopyOptions): Headers {
  const { websiteRedirect } = options;
  return {
    "x-amz-storage-class": options.storageClass,
    "x-amz-server-side-encryption": options.sse,
    "x-amz-server-side-encryption-aws-kms-key-id": options.sseKmsKeyId,
    "x-amz-server-side-encryption-bucket-key-enabled":
      options.bucketKey === true ? "true" : undefined,
    "x-amz-acl": options.acl,
    "x-amz-website-redirect-location": websiteRedirect === "keep" ? undefined : websiteRedirect,
  };
}

function contentHeaders(options: CopyOptions): Headers {
  const headers: Record<string, string | undefined> = {
    "cache-control": options.cacheControl,
    "content-type": options.contentType,
    "content-disposition": options.contentDisposition,
    "content-encoding": options.contentEncoding,
    "content-language": options.contentLanguage,
    expires: options.expires,
  };
  for (const [name, value] of Object.entries(options.metadata ?? {})) {
    headers[`x-amz-meta-${name}`] = headerText(value);
  }
  return headers;
}

function isContent(name: string): boolean {
  return name.startsWith("x-amz-meta-") || !name.startsWith("x-amz-");
}

/** S3 takes what is not ASCII as RFC 2047 writes it ("Working with object metadata"). */
function headerText(value: string): string {
  return /^[\t\x20-\x7e]*$/.test(value)
    ? value
    : `=?UTF-8?B?${Buffer.from(value).toString("base64")}?=`;
}

const retainUntil = "x-amz-object-lock-retain-until-date";
const legalHold = "x-amz-object-lock-legal-hold";

/** S3 takes no retention whose time is over by its own clock. */
function lockHeaders({ objectLock }: CopyOptions, { headers }: ObjectHead): Headers {
  if (objectLock !== "keep") return {};
  const isOver = Date.parse(headers[retainUntil] ?? "") <= Date.parse(headers["date"] ?? "");
  const names = isOver ? [legalHold] : [legalHold, "x-amz-object-lock-mode", retainUntil];
  return defined(Object.fromEntries(names.map((name) => [name, headers[name]])));
}

/** Without what is not said: it must not hide what is. */
function defined(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}
