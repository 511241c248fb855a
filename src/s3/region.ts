import type { Endpoint } from "./address.ts";
import type { AwsProfile } from "./aws-config.ts";
import type { CallOptions, S3Bucket } from "./client.ts";

/**
 * Where AWS is asked first, and what a request to any other S3 is signed for, when no region is
 * configured.
 */
export const fallbackRegion = "us-east-1";

/** What can name a region. */
export interface RegionPlaces {
  /** The option. */
  readonly region?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: AwsProfile | undefined;
  /** Undefined for AWS's own, which is made from the region. */
  readonly endpoint: Endpoint | undefined;
}

/**
 * Finds the region to sign for; undefined when it is to be asked of AWS. The first of these counts:
 * the option, the name of the endpoint's host, AWS_REGION, AWS_DEFAULT_REGION, the profile's
 * region, and for other S3s than AWS's us-east-1. The host goes before the environment because an
 * endpoint of one region refuses signatures for another. A region that turns out wrong is put right
 * by the client, at the price of a request.
 */
export function configuredRegion(places: RegionPlaces): string | undefined {
  const { region, env, settings, endpoint } = places;
  const configured = env.AWS_REGION || env.AWS_DEFAULT_REGION || settings?.get("region");
  const elsewhere = endpoint === undefined || endpoint.aws ? undefined : fallbackRegion;
  return region ?? endpoint?.region ?? (configured || elsewhere);
}

/**
 * Asks for a bucket's region; undefined when the answer does not tell, as for a bucket that is not
 * there. S3 names the region whatever the caller may do and whichever region is asked, also in a
 * redirect, a refusal, and the 400 for a signature of another region (S3 API, HeadBucket).
 */
export async function discoverRegion(
  bucket: S3Bucket,
  options?: CallOptions,
): Promise<string | undefined> {
  const reply = await bucket.s3.send(
    {
      operation: "HeadBucket",
      method: "HEAD",
      bucket: bucket.name,
      headers: bucket.headers,
      accept: [301, 307, 400, 403, 404],
    },
    options,
  );
  reply.discard();
  return reply.headers["x-amz-bucket-region"];
}
