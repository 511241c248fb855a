import { demand } from "./access.ts";
import type { Owner } from "./account.ts";
import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import type { StoredObject, Version } from "./object.ts";
import { nameWriter, readCount, readToken, walk, writeToken } from "./paging.ts";
import type { Found } from "./paging.ts";
import { restoreStatusXml, wantsRestoreStatus } from "./restore.ts";
import { escapeXml, writeElements, writeXml, WrittenXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/** ListObjectsV2. */
export function listObjectsV2(call: Call): Reply {
  const { query, bucket } = call;
  const token = query.get("continuation-token");
  const startAfter = query.get("start-after");
  const after = token === undefined ? startAfter : readToken(token);
  const page = readPage(call, after);
  const write = nameWriter(query.get("encoding-type"));
  const xml = writeXml("ListBucketResult", {
    Name: bucket.name,
    Prefix: write(page.prefix),
    ContinuationToken: token,
    NextContinuationToken: page.isTruncated ? writeToken(page.last) : undefined,
    StartAfter: startAfter === undefined ? undefined : write(startAfter),
    KeyCount: page.found.length,
    MaxKeys: page.maxKeys,
    Delimiter: page.delimiter === "" ? undefined : write(page.delimiter),
    EncodingType: query.get("encoding-type"),
    IsTruncated: page.isTruncated,
    ...entriesXml(call, page.found, write, query.get("fetch-owner") === "true"),
  });
  return xmlReply(xml, { "x-amz-bucket-region": bucket.region });
}

/**
 * ListObjects, the first version. It names the next marker only where a delimiter may hide it from
 * the client.
 */
export function listObjects(call: Call): Reply {
  const { query, bucket } = call;
  const marker = query.get("marker") ?? "";
  const page = readPage(call, marker === "" ? undefined : marker);
  const write = nameWriter(query.get("encoding-type"));
  const namesNext = page.isTruncated && page.delimiter !== "";
  const xml = writeXml("ListBucketResult", {
    Name: bucket.name,
    Prefix: write(page.prefix),
    Marker: write(marker),
    NextMarker: namesNext ? write(page.last) : undefined,
    MaxKeys: page.maxKeys,
    Delimiter: page.delimiter === "" ? undefined : write(page.delimiter),
    EncodingType: query.get("encoding-type"),
    IsTruncated: page.isTruncated,
    ...entriesXml(call, page.found, write, true),
  });
  return xmlReply(xml, { "x-amz-bucket-region": bucket.region });
}

/** An owner as listings name it. */
export function ownerXml({ id, displayName }: Owner): XmlElement {
  return { ID: id, DisplayName: displayName };
}

interface Page {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly found: readonly Found<readonly Version[]>[];
  readonly isTruncated: boolean;
  /** The last key or prefix on the page. */
  readonly last: string;
}

function readPage({ query, bucket, caller, settings }: Call, after: string | undefined): Page {
  demand(bucket, caller, "s3:ListBucket");
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const maxKeys = readCount("max-keys", query.get("max-keys"));
  const size = Math.min(maxKeys, settings.pageSize);
  const found: Found<readonly Version[]>[] = [];
  let isTruncated = false;
  for (const one of walk(bucket.versions, { prefix, delimiter, after }, isVisible)) {
    if (found.length === size) {
      // A page of no keys says that there are no more, or a client would ask for ever.
      isTruncated = size > 0;
      break;
    }
    found.push(one);
  }
  const last = found.at(-1);
  return {
    prefix,
    delimiter,
    maxKeys,
    found,
    isTruncated,
    last: last === undefined ? "" : nameOf(last),
  };
}

function isVisible([newest]: readonly Version[]): boolean {
  return newest?.kind === "object";
}

function nameOf(found: Found<unknown>): string {
  return found.kind === "key" ? found.key : found.prefix;
}

function entriesXml(
  call: Call,
  found: Page["found"],
  write: (name: string) => string,
  withOwner: boolean,
): XmlElement {
  const withRestore = wantsRestoreStatus(call);
  const now = call.settings.now();
  let contents = "";
  let prefixes = "";
  for (const one of found) {
    if (one.kind === "prefix") {
      const prefix = escapeXml(write(one.prefix));
      prefixes += `<CommonPrefixes><Prefix>${prefix}</Prefix></CommonPrefixes>`;
      continue;
    }
    const object = one.value[0] as StoredObject;
    contents +=
      `<Contents><Key>${escapeXml(write(object.key))}</Key>` +
      `<LastModified>${object.lastModified.toISOString()}</LastModified>` +
      `<ETag>&quot;${object.etag}&quot;</ETag>` +
      `<ChecksumAlgorithm>${object.checksum.algorithm}</ChecksumAlgorithm>` +
      `<ChecksumType>${object.checksum.type}</ChecksumType>` +
      `<Size>${object.size}</Size>` +
      (withOwner ? writeElements({ Owner: ownerXml(object.owner) }) : "") +
      `<StorageClass>${escapeXml(object.storageClass)}</StorageClass>` +
      (withRestore ? writeElements({ RestoreStatus: restoreStatusXml(object, now) }) : "") +
      `</Contents>`;
  }
  return { "": new WrittenXml(contents + prefixes) };
}
