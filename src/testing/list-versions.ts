import { demand } from "./access.ts";
import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { Refusal } from "./errors.ts";
import { checkVersionId } from "./find-object.ts";
import { ownerXml } from "./list-objects.ts";
import type { Version } from "./object.ts";
import { nameWriter, readCount, walk } from "./paging.ts";
import { restoreStatusXml, wantsRestoreStatus } from "./restore.ts";
import { writeXml } from "./xml.ts";
import type { XmlElement } from "./xml.ts";

/**
 * ListObjectVersions. Versions and delete markers come in one order: by key, then the newest first.
 */
export function listObjectVersions(call: Call): Reply {
  const { query, bucket, caller, settings } = call;
  demand(bucket, caller, "s3:ListBucketVersions");
  const write = nameWriter(query.get("encoding-type"));
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const keyMarker = query.get("key-marker") ?? "";
  const versionMarker = query.get("version-id-marker") ?? "";
  if (versionMarker !== "") {
    checkVersionId(versionMarker);
    if (keyMarker === "") {
      throw new Refusal("InvalidArgument", {
        message: "A version-id marker cannot be specified without a key marker.",
        details: { ArgumentName: "version-id-marker", ArgumentValue: versionMarker },
      });
    }
  }
  const maxKeys = readCount("max-keys", query.get("max-keys"));
  const size = Math.min(maxKeys, settings.pageSize);
  const shown: Shown[] = [];
  let isTruncated = false;
  for (const one of listed(call, { prefix, delimiter, keyMarker, versionMarker })) {
    if (shown.length === size) {
      isTruncated = size > 0;
      break;
    }
    shown.push(one);
  }
  const last = isTruncated ? shown.at(-1) : undefined;
  // Versions and markers are written in their common order, so the elements' names alternate.
  const elements = shown.map((one) => elementOf(call, one, write));
  const xml = writeXml("ListVersionsResult", {
    Name: bucket.name,
    Prefix: write(prefix),
    KeyMarker: write(keyMarker),
    VersionIdMarker: versionMarker,
    NextKeyMarker: last && write(last.kind === "prefix" ? last.prefix : last.version.key),
    NextVersionIdMarker: last?.kind === "version" ? last.version.versionId : undefined,
    MaxKeys: maxKeys,
    Delimiter: delimiter === "" ? undefined : write(delimiter),
    EncodingType: query.get("encoding-type"),
    IsTruncated: isTruncated,
    "": elements,
  });
  return xmlReply(xml);
}

type Shown =
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "version"; readonly version: Version; readonly isLatest: boolean };

interface Asked {
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  readonly versionMarker: string;
}

function* listed({ bucket }: Call, asked: Asked): Generator<Shown, undefined> {
  const { prefix, delimiter, keyMarker, versionMarker } = asked;
  const after = keyMarker === "" ? undefined : keyMarker;
  const fromAfter = versionMarker !== "";
  for (const one of walk(bucket.versions, { prefix, delimiter, after, fromAfter }, () => true)) {
    if (one.kind === "prefix") {
      yield one;
      continue;
    }
    const isMarked = fromAfter && one.key === keyMarker;
    const seen = isMarked
      ? one.value.findIndex((version) => version.versionId === versionMarker)
      : -1;
    for (const [index, version] of one.value.entries()) {
      if (index > seen) yield { kind: "version", version, isLatest: index === 0 };
    }
  }
}

function elementOf(call: Call, shown: Shown, write: (name: string) => string): XmlElement {
  if (shown.kind === "prefix") return { CommonPrefixes: { Prefix: write(shown.prefix) } };
  const { version, isLatest } = shown;
  const common = {
    Key: write(version.key),
    VersionId: version.versionId,
    IsLatest: isLatest,
    LastModified: version.lastModified.toISOString(),
  };
  const owner = { Owner: ownerXml(version.owner) };
  if (version.kind === "marker") return { DeleteMarker: { ...common, ...owner } };
  return {
    Version: {
      ...common,
      ETag: `"${version.etag}"`,
      ChecksumAlgorithm: version.checksum.algorithm,
      ChecksumType: version.checksum.type,
      Size: version.size,
      StorageClass: version.storageClass,
      ...owner,
      RestoreStatus: wantsRestoreStatus(call)
        ? restoreStatusXml(version, call.settings.now())
        : undefined,
    },
  };
}
