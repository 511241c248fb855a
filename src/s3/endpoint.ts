import { UserError } from "../errors.ts";
import { awsEndpoint, parseEndpoint, type Endpoint } from "./address.ts";
import type { AwsConfig, AwsProfile } from "./aws-config.ts";
import type { BotoConfig } from "./boto-config.ts";

/** What can name an endpoint. */
export interface EndpointPlaces {
  /** The option: a host as in the original, or a URL. */
  readonly endpoint?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: AwsProfile | undefined;
  readonly services: AwsConfig["services"];
  readonly boto: Pick<BotoConfig, "host" | "secure">;
}

/**
 * Finds the endpoint; undefined for AWS's own, which depends on the region. The first of these
 * counts (AWS SDKs and tools guide, "Service-specific endpoints"; boto after them):
 *
 * | | |
 * | --- | --- |
 * | 1. | the option |
 * | 2. | AWS_ENDPOINT_URL_S3, then AWS_ENDPOINT_URL |
 * | 3. | `endpoint_url` of s3 in the profile's services, then the profile's own |
 * | 4. | `[s3] host` of boto's files |
 *
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, or the profile's setting of that name, switches off 2 and 3.
 * A host without a scheme means https, or what boto's `is_secure` says. `s3.amazonaws.com`, which
 * the original named by default, answers for other regions with a redirect, so it stands for AWS's
 * endpoint of the bucket's own region. Throws a UserError for what is no endpoint.
 */
export function findEndpoint(places: EndpointPlaces): Endpoint | undefined {
  const { env, settings, services, boto } = places;
  const ignored = isTrue(
    env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? settings?.get("ignore_configured_endpoint_urls"),
  );
  const configured = ignored
    ? undefined
    : env.AWS_ENDPOINT_URL_S3 ||
      env.AWS_ENDPOINT_URL ||
      services.get(settings?.get("services") ?? "")?.get("s3.endpoint_url") ||
      settings?.get("endpoint_url");

  const text = places.endpoint ?? (configured || boto.host);
  if (text === undefined) return undefined;
  if (text.includes("@")) {
    // Not shown: what stands before the @ may be a secret.
    throw new UserError("usage", "cannot use an endpoint with a user name in it", {
      hint: "credentials come from a profile or from the environment",
    });
  }
  const endpoint = parseEndpoint(boto.secure || text.includes("://") ? text : `http://${text}`);
  return endpoint.host === "s3.amazonaws.com" ? undefined : endpoint;
}

/**
 * AWS's endpoint of a region, with FIPS 140 or IPv6 where the environment or the profile asks for
 * them.
 */
export function regionalEndpoint(
  region: string,
  env: NodeJS.ProcessEnv,
  settings: AwsProfile | undefined,
): Endpoint {
  const plain = awsEndpoint(region);
  const fips = isTrue(env.AWS_USE_FIPS_ENDPOINT ?? settings?.get("use_fips_endpoint"));
  const dualStack = isTrue(
    env.AWS_USE_DUALSTACK_ENDPOINT ?? settings?.get("use_dualstack_endpoint"),
  );
  if (!fips && !dualStack) return plain;
  const service = `s3${fips ? "-fips" : ""}${dualStack ? ".dualstack" : ""}.`;
  return { ...plain, host: plain.host.replace(/^s3\./, service) };
}

/** True for the word true in any case, as AWS's switches are written. */
function isTrue(word: string | undefined): boolean {
  return word?.toLowerCase() === "true";
}
