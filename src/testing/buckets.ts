import { demand } from "./access.ts";
import type { Owner } from "./account.ts";
import type { Call, Reply } from "./call.ts";
import { xmlReply } from "./call.ts";
import { checkAcl } from "./describe-object.ts";
import { defaultEncryption } from "./encryption.ts";
import { Refusal } from "./errors.ts";
import { ownerXml } from "./list-objects.ts";
import { readCount, readToken, writeToken } from "./paging.ts";
import { SortedMap } from "./sorted-map.ts";
import { wholeSeconds } from "./store.ts";
import type { Bucket } from "./store.ts";
import { childText, parseXml, writeXml } from "./xml.ts";

/** The region whose endpoint takes any location, and whose location is written as nothing. */
const firstRegion = "us-east-1";

/** ListBuckets: the caller's own ones. */
export function listBuckets({ query, store, caller, settings }: Call): Reply {
  const prefix = query.get("prefix") ?? "";
  const token = query.get("continuation-token");
  const after = token === undefined ? "" : readToken(token);
  const max = readCount("max-buckets", query.get("max-buckets"));
  const size = query.has("max-buckets") ? Math.min(max, settings.pageSize) : Infinity;
  const own = [...store.buckets.values()]
    .filter(({ name, owner }) => owner.id === caller.id && name.startsWith(prefix) && name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const shown = own.slice(0, size);
  const xml = writeXml("ListAllMyBucketsResult", {
    Owner: ownerXml(caller),
    Buckets: {
      Bucket: shown.map(({ name, created, region }) => ({
        Name: name,
        CreationDate: created.toISOString(),
        BucketRegion: region,
      })),
    },
    ContinuationToken: own.length > shown.length ? writeToken(shown.at(-1)!.name) : undefined,
    Prefix: query.get("prefix"),
  });
  return xmlReply(xml);
}

/** CreateBucket. The account that makes a bucket owns it. */
export async function createBucket(call: Call): Promise<Reply> {
  const { bucketName, caller, headers, settings, store } = call;
  checkBucketName(bucketName);
  checkAcl(headers);
  const ownership = headers.get("x-amz-object-ownership") ?? "BucketOwnerEnforced";
  if (ownership !== "BucketOwnerEnforced") {
    throw new Refusal("NotImplemented", { details: { Header: "x-amz-object-ownership" } });
  }
  const { bytes } = await call.body();
  const region = readRegion(call, bytes);
  const existing = store.buckets.get(bucketName);
  if (existing !== undefined) {
    if (existing.owner.id !== caller.id) throw new Refusal("BucketAlreadyExists");
    // In us-east-1, for old clients' sake, making one's own bucket again succeeds and changes
    // nothing.
    if (region !== firstRegion || existing.region !== firstRegion) {
      throw new Refusal("BucketAlreadyOwnedByYou", { details: { BucketName: bucketName } });
    }
    return { status: 200, headers: { location: `/${bucketName}` } };
  }
  const bucket = newBucket(bucketName, region, caller, settings.now());
  if (headers.get("x-amz-bucket-object-lock-enabled")?.toLowerCase() === "true") {
    bucket.hasObjectLock = true;
    bucket.versioning = "Enabled";
  }
  store.buckets.set(bucketName, bucket);
  return { status: 200, headers: { location: `/${bucketName}` } };
}

/** An empty bucket, as S3 makes one that nothing was said about. */
export function newBucket(name: string, region: string, owner: Owner, now: Date): Bucket {
  return {
    name,
    region,
    owner,
    created: wholeSeconds(now),
    versions: new SortedMap(),
    uploads: new SortedMap(),
    versioning: "Off",
    hasObjectLock: false,
    encryption: defaultEncryption,
    tags: [],
    policy: undefined,
    policyGrants: [],
    grants: [],
  };
}

/** HeadBucket: names the region, also to one who may not list the bucket. */
export function headBucket({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:ListBucket");
  return {
    status: 200,
    headers: {
      "x-amz-bucket-region": bucket.region,
      "x-amz-access-point-alias": "false",
      "content-type": "application/xml",
    },
  };
}

/** DeleteBucket. Versions and delete markers count as content; uploads under way do not. */
export function deleteBucket({ bucket, caller, store }: Call): Reply {
  demand(bucket, caller, "s3:DeleteBucket");
  if (bucket.versions.size > 0) {
    throw new Refusal("BucketNotEmpty", { details: { BucketName: bucket.name } });
  }
  store.buckets.delete(bucket.name);
  return { status: 204 };
}

/** GetBucketLocation. */
export function getBucketLocation({ bucket, caller }: Call): Reply {
  demand(bucket, caller, "s3:GetBucketLocation");
  return xmlReply(writeLocation(bucket));
}

function writeLocation({ region }: Bucket): string {
  const text = region === firstRegion ? "" : region;
  return writeXml("LocationConstraint", { "": text });
}

function readRegion({ settings, signedRegion }: Call, body: Uint8Array): string {
  const configuration = body.length === 0 ? undefined : parseXml(body, "CreateBucketConfiguration");
  const other = Object.keys(configuration?.children ?? {}).find(
    (name) => name !== "LocationConstraint",
  );
  // A directory bucket, or tags: a bucket that were made without them would be another one.
  if (other !== undefined) throw new Refusal("NotImplemented", { details: { Element: other } });
  const asked = configuration && childText(configuration, "LocationConstraint");
  const region = asked === undefined || asked === "" ? settings.region : asked;
  if (!/^[a-z]{2,}(-[a-z]+)+-\d+$|^EU$/.test(region) || asked === firstRegion) {
    throw new Refusal("InvalidLocationConstraint", { details: { LocationConstraint: region } });
  }
  const isHere = settings.region === firstRegion || region === settings.region;
  if (!isHere || (signedRegion !== settings.region && signedRegion !== region)) {
    throw new Refusal("IllegalLocationConstraintException", {
      message: `The ${region} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    });
  }
  return region;
}

/** "General purpose bucket naming rules" of the user guide. */
function checkBucketName(name: string): void {
  const isGood =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes("..") &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(xn--|sthree-)/.test(name) &&
    !/(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  if (!isGood) throw new Refusal("InvalidBucketName", { details: { BucketName: name } });
}
