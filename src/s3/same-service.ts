import { parseEndpoint } from "./address.ts";
import type { S3Bucket } from "./client.ts";

/**
 * Whether one service has both buckets, so that it may copy from the one to the other by itself:
 * one endpoint, or two of AWS in one partition. A bucket whose endpoint is not known is nobody's
 * neighbour: another service may have a bucket of the same name.
 */
export function isSameService(a: S3Bucket, b: S3Bucket): boolean {
  if (a.endpoint === undefined || b.endpoint === undefined) return false;
  if (a.endpoint === b.endpoint) return true;
  const [one, other] = [parseEndpoint(a.endpoint), parseEndpoint(b.endpoint)];
  return one.aws && other.aws && partitionOf(one.host) === partitionOf(other.host);
}

/** What a host of AWS ends in, as `amazonaws.com.cn`. */
function partitionOf(host: string): string | undefined {
  return /(?:amazonaws|c2s|sc2s|cloud|csp)\.[a-z.-]+$/.exec(host)?.[0];
}

/** Whether a bucket is on AWS itself, whose every word can be relied on. */
export function isOnAws({ endpoint }: S3Bucket): boolean {
  return endpoint !== undefined && parseEndpoint(endpoint).aws;
}
