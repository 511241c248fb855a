import { Option } from "commander";
import type { S3Bucket } from "../s3/client.ts";
import { positiveInteger } from "./options.ts";

/**
 * The most list requests at a time where it is found out how many pay: the default of the library,
 * which is not loaded to parse a command line.
 */
export const mostListRequests = 64;

/** How many list requests are under way at a time. */
export function listConcurrencyOption(): Option {
  return new Option(
    "--concurrency <number>",
    `how many list requests at a time (default: as many as make it faster, up to ${mostListRequests})`,
  ).argParser(positiveInteger);
}

/** Whether the bucket is a directory bucket, where its name does not tell. */
export function directoryBucketOption(): Option {
  return new Option(
    "--x-s3",
    "it is a directory bucket, which S3 lists in no order and one page after another (default: if its name ends in --x-s3)",
  );
}

/** What that option holds. */
export interface DirectoryBucketValues {
  readonly xS3?: true;
}

/** A bucket as that option says it is. */
export function asDirectory<Bucket extends S3Bucket>(
  bucket: Bucket,
  { xS3 }: DirectoryBucketValues,
): Bucket {
  return xS3 ? { ...bucket, isDirectory: true } : bucket;
}

/** What becomes of a listing when a part of it cannot be listed. */
export function strictOption(): Option {
  return new Option(
    "--strict",
    "end when a part cannot be listed; without it the rest is listed, the part is named on standard error, and the exit status is 3",
  ).default(false);
}

/** What those options hold, and --quiet. */
export interface ListRunValues {
  readonly concurrency?: number;
  readonly strict: boolean;
  readonly quiet: boolean;
}
