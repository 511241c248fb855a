import { mayDo } from "./access.ts";
import { parseRange, slice } from "./byte-range.ts";
import type { ByteRange } from "./byte-range.ts";
import type { Call, Reply } from "./call.ts";
import { checksumHeader } from "./checksums.ts";
import { checkReadConditions, matchesEtag } from "./conditions.ts";
import { descriptionHeaders } from "./describe-object.ts";
import { checkReadKey } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import { findObject, versionHeaders } from "./find-object.ts";
import type { StoredObject } from "./object.ts";
import { isArchived } from "./restore.ts";

/** Headers of the reply that the query of a GET may set. */
const overrides = new Map([
  ["response-cache-control", "cache-control"],
  ["response-content-disposition", "content-disposition"],
  ["response-content-encoding", "content-encoding"],
  ["response-content-language", "content-language"],
  ["response-content-type", "content-type"],
  ["response-expires", "expires"],
]);

/** GetObject and HeadObject; the server leaves the body of a HEAD out. */
export function getObject(call: Call): Reply {
  const { headers, operation, settings } = call;
  const action = call.query.has("versionId") ? "s3:GetObjectVersion" : "s3:GetObject";
  const object = findObject(call, action);
  const now = settings.now();
  checkReadKey(headers, object.encryption, "");
  if (operation === "GetObject" && isArchived(object, now)) {
    throw new Refusal("InvalidObjectState", { details: { StorageClass: object.storageClass } });
  }
  const described = {
    ...descriptionHeaders(object, now),
    ...versionHeaders(call.bucket, object.versionId),
  };
  if (!mayDo(call.bucket, call.caller, "s3:GetObjectTagging", call.key)) {
    delete described["x-amz-tagging-count"];
  }
  if (!checkReadConditions(headers, object)) {
    const { "content-type": _, ...rest } = described;
    return { status: 304, headers: rest };
  }
  const part = askedPart(call, object);
  const range = part?.range ?? askedRange(headers, object);
  const { first, last } = range ?? { first: 0, last: object.size - 1 };
  const reply: Record<string, string> = {
    ...described,
    ...overriddenHeaders(call.query),
    ...checksumHeaders(call, object, range, part?.number),
    "content-length": String(last - first + 1),
  };
  if (range !== undefined) reply["content-range"] = `bytes ${first}-${last}/${object.size}`;
  if (part !== undefined && object.parts !== undefined) {
    reply["x-amz-mp-parts-count"] = String(object.parts.length);
  }
  return {
    status: range === undefined ? 200 : 206,
    headers: reply,
    body: range === undefined ? object.data : slice(object.data, range),
  };
}

interface AskedPart {
  readonly number: number;
  /** Undefined for a part without bytes, which no range can name. */
  readonly range: ByteRange | undefined;
}

/**
 * The part that `partNumber` names. Parts are counted as they lie in the object, whatever numbers
 * they were uploaded with.
 */
function askedPart({ query, headers }: Call, object: StoredObject): AskedPart | undefined {
  const text = query.get("partNumber");
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw new Refusal("InvalidArgument", {
      message: "Part number must be an integer between 1 and 10000, inclusive",
      details: { ArgumentName: "partNumber", ArgumentValue: text },
    });
  }
  if (headers.has("range")) {
    throw new Refusal("InvalidRequest", {
      message: "Cannot specify both Range header and partNumber query parameter",
    });
  }
  const parts = object.parts ?? [{ size: object.size }];
  const part = parts[number - 1];
  if (part === undefined) {
    throw new Refusal("InvalidPartNumber", {
      details: { PartNumberRequested: text, ActualPartCount: String(parts.length) },
    });
  }
  const first = parts.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
  return { number, range: part.size === 0 ? undefined : { first, last: first + part.size - 1 } };
}

function askedRange(headers: Call["headers"], object: StoredObject): ByteRange | undefined {
  const header = headers.get("range");
  const ifRange = headers.get("if-range");
  if (header === undefined) return undefined;
  if (ifRange !== undefined && !matchesEtag(ifRange, object.etag)) return undefined;
  return parseRange(header, object.size);
}

/**
 * The checksum, where the client asks for it. A range has none. A part has its own in an object
 * with a composite checksum; of a full-object one S3 knows none for the part.
 */
function checksumHeaders(
  { headers }: Call,
  { checksum, parts }: StoredObject,
  range: ByteRange | undefined,
  partNumber: number | undefined,
): Record<string, string> {
  if (headers.get("x-amz-checksum-mode")?.toUpperCase() !== "ENABLED") return {};
  const name = checksumHeader(checksum.algorithm);
  if (partNumber !== undefined && parts !== undefined) {
    const part = parts[partNumber - 1];
    if (checksum.type !== "COMPOSITE" || part === undefined) return {};
    return { [name]: part.checksum, "x-amz-checksum-type": checksum.type };
  }
  if (range !== undefined && partNumber === undefined) return {};
  return { [name]: checksum.value, "x-amz-checksum-type": checksum.type };
}

function overriddenHeaders(query: Call["query"]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [parameter, header] of overrides) {
    const value = query.get(parameter);
    if (value === undefined) continue;
    // A line break here would be a header of the client's making.
    // oxlint-disable-next-line no-control-regex
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      throw new Refusal("InvalidArgument", {
        details: { ArgumentName: parameter, ArgumentValue: value },
      });
    }
    headers[header] = Buffer.from(value).toString("latin1");
  }
  return headers;
}
