import { UserError } from "../errors.ts";
import { percentEncode, percentEncodeKey } from "./percent-encode.ts";
import { printable } from "./printable.ts";

/** An S3 service: where its requests go. */
export interface Endpoint {
  readonly protocol: "http:" | "https:";
  /** Host and port, as in the Host header; the port is left out when it is the protocol's own. */
  readonly host: string;
  /** The region in the host's name, for AWS hosts that have one. */
  readonly region: string | undefined;
  /** True for a host of AWS, which may be asked for buckets by their own host names. */
  readonly aws: boolean;
}

/** How a bucket is named in a request: in the path, or in the host's name. */
export type Addressing = "path" | "virtual";

/**
 * Reads an endpoint as a person gives it: a host (`s3.eu-west-1.amazonaws.com`, `localhost:9000`),
 * which means https, or an http or https URL without a path. Throws a UserError for anything else.
 */
export function parseEndpoint(text: string): Endpoint {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (url === null || url.hostname === "" || /[\s\\]/.test(text)) {
    throw refused(text, "it is not a host or a URL");
  }
  const { protocol } = url;
  if (protocol !== "http:" && protocol !== "https:") throw refused(text, "it is not http or https");
  if (url.username !== "" || url.password !== "") throw refused(text, "it has a user in it");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw refused(text, "it has a path, and buckets are named by other options");
  }
  return { protocol, host: url.host, ...awsHost(url.hostname) };
}

/** The endpoint of AWS for a region, in the region's own partition. */
export function awsEndpoint(region: string): Endpoint {
  if (!regionName.test(region)) {
    throw new UserError(
      "usage",
      `cannot use the region "${printable(region)}": it is not a region's name`,
    );
  }
  return parseEndpoint(`s3.${region}.${dnsSuffix(region)}`);
}

/**
 * The endpoint to ask for a bucket of another region. At AWS each region has its host, of the same
 * make (FIPS, dual stack) as the one in use; elsewhere, and behind a VPC endpoint or the
 * accelerator, the host serves all and only the signature changes.
 */
export function endpointIn(region: string, endpoint: Endpoint): Endpoint {
  const { protocol, host, aws, region: old } = endpoint;
  if (!aws || old === undefined || old === region || !regionName.test(region)) return endpoint;
  const moved = host.replace(`.${old}.`, `.${region}.`);
  if (moved !== host && host.endsWith(`.${dnsSuffix(region)}`)) {
    return parseEndpoint(`${protocol}//${moved}`);
  }
  // The oldest hosts, `s3.amazonaws.com` and `s3-REGION.amazonaws.com`, have no such name in other
  // regions.
  return { ...awsEndpoint(region), protocol };
}

/** Where the requests for one bucket go. */
export interface BucketAddress {
  readonly origin: string;
  /** The Host header. */
  readonly host: string;
  /** What all its paths begin with: its name after a slash, or nothing where the host's name has it. */
  readonly root: string;
}

/**
 * Where requests for a bucket go. Without `addressing` a bucket at AWS whose name may stand in a
 * host's name is named there, since AWS serves buckets of every age so; all else goes by path, which
 * every server understands.
 */
export function bucketAddress(
  endpoint: Endpoint,
  bucket: string,
  addressing?: Addressing,
): BucketAddress {
  const { protocol, host } = endpoint;
  if (bucket === "") return { origin: `${protocol}//${host}`, host, root: "" };

  if (addressing === "virtual" || (addressing === undefined && endpoint.aws && inHost(bucket))) {
    const possible = inHost(bucket) || (protocol === "http:" && dotted.test(bucket));
    if (!possible || /^(?:\[|[\d.]+(?::\d+)?$)/.test(host)) {
      throw new UserError(
        "usage",
        `cannot address the bucket "${bucket}" by a host name of its own`,
        { hint: "name it in the path: path addressing" },
      );
    }
    const own = `${bucket}.${host}`;
    return { origin: `${protocol}//${own}`, host: own, root: "" };
  }
  return { origin: `${protocol}//${host}`, host, root: `/${percentEncode(bucket)}` };
}

/** The path of a key of a bucket, or of the bucket itself; percent-encoded, without a query. */
export function pathOf({ root }: BucketAddress, key: string | undefined): string {
  if (key !== undefined) return `${root}/${percentEncodeKey(key)}`;
  return root === "" ? "/" : root;
}

/**
 * A name with a dot in it would not match the certificate of `*.s3.amazonaws.com`; old names may
 * hold more than DNS allows.
 */
function inHost(bucket: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$/.test(bucket);
}

/**
 * A region becomes a part of a host's name; one that was read from a reply must not name another
 * host.
 */
const regionName = /^[a-z0-9-]+$/;

const dotted = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * The partitions besides `aws`, by how their regions' names begin; from the partitions file of the
 * AWS SDKs.
 */
const partitions: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^eusc-/, "amazonaws.eu"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
  [/^eu-isoe-/, "cloud.adc-e.uk"],
  [/^(?:us|eu)-isof-/, "csp.hci.ic.gov"],
];

function dnsSuffix(region: string): string {
  return partitions.find(([names]) => names.test(region))?.[1] ?? "amazonaws.com";
}

const awsSuffix =
  /^(.+)\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;

/**
 * What a host's name says. Before the suffix stands one of
 *
 *     s3                        the first region, us-east-1
 *     s3.REGION                 also s3-fips.REGION, s3.dualstack.REGION, s3-fips.dualstack.REGION
 *     s3-REGION                 the old form, of old regions
 *     s3-external-1             us-east-1
 *     s3-accelerate             any region
 *     NAME.s3.REGION.vpce       a VPC endpoint, where buckets go by path
 */
function awsHost(hostname: string): Pick<Endpoint, "region" | "aws"> {
  const name = awsSuffix.exec(hostname)?.[1];
  if (name === undefined) return { region: undefined, aws: false };
  const vpce = /\.s3\.([a-z0-9-]+)\.vpce$/.exec(name);
  if (vpce) return { region: vpce[1], aws: false };
  if (name === "s3" || name === "s3-external-1") return { region: "us-east-1", aws: true };
  if (/^s3-accelerate(?:\.dualstack)?$/.test(name)) return { region: undefined, aws: true };
  const region = /^(?:.+\.)?s3(?:-fips)?[.-](?:dualstack\.)?([a-z]{2,}-[a-z0-9-]+-\d+)$/.exec(name);
  return { region: region?.[1], aws: /^s3[.-]/.test(name) };
}

function refused(text: string, why: string): UserError {
  // What stands before an @ may be a secret.
  const shown = text.replace(/^(.*:\/\/)?.*@/s, "$1…@");
  return new UserError("usage", `cannot use the endpoint "${shown}": ${why}`, {
    hint: "give a host, as s3.eu-west-1.amazonaws.com, or a URL, as http://127.0.0.1:9000",
  });
}
