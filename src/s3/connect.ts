import { resolve } from "node:path";

import { UserError } from "../errors.ts";
import type { Addressing, Endpoint } from "./address.ts";
import { ambientProfile, readAwsConfig, type AwsProfile } from "./aws-config.ts";
import { expandHome, readBotoConfig, type BotoConfig, type Surroundings } from "./boto-config.ts";
import { readCaBundle } from "./ca-bundle.ts";
import type { S3Bucket } from "./client.ts";
import { createS3Client, type S3ClientOptions } from "./create-client.ts";
import { findCredentials } from "./credentials.ts";
import { findEndpoint, regionalEndpoint } from "./endpoint.ts";
import { explain } from "./explain.ts";
import {
  chooseHttpClient,
  type HttpClient,
  openTransport,
  type TransportFactory,
} from "./http-client.ts";
import { printable } from "./printable.ts";
import { proxyOf } from "./proxy.ts";
import { configuredRegion, discoverRegion, fallbackRegion } from "./region.ts";
import { sdkCredentials, type CredentialsProvider } from "./sdk-credentials.ts";
import type { Transport } from "./transport.ts";

export type { HttpClient, TransportFactory } from "./http-client.ts";

/** How to reach a bucket: the options of one side, and where to look for what they leave out. */
export interface ConnectOptions
  extends Surroundings, Pick<S3ClientOptions, "onRequest" | "onRetry" | "onThrottle"> {
  readonly bucket: string;
  /** A host, as in the original, or a URL. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  /** A profile of the AWS CLI's files or of boto's. */
  readonly profile?: string | undefined;
  readonly addressing?: Addressing | undefined;
  /** Agrees to pay for the requests. */
  readonly requesterPays?: boolean | undefined;
  /** The account, of 12 digits, that the bucket must belong to. */
  readonly expectedOwner?: string | undefined;
  /** Requests that may be under way at a time. */
  readonly concurrency: number;
  /** Tries of one request, the first included. */
  readonly maxAttempts?: number | undefined;
  /** Told what the user should know, a sentence each; two sides that read the same files tell the same. */
  readonly warn: (text: string) => void;
  /** What carries the requests; left out, the CAMPANILE_HTTP of `env` says, and whether there is a proxy. */
  readonly http?: HttpClient | undefined;
  /** Makes what carries the requests; left out, each call makes its own. */
  readonly transport?: TransportFactory | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A bucket that can be asked, and where it was found. */
export interface ConnectedBucket extends S3Bucket {
  /** Scheme and host, for messages. */
  readonly endpoint: string;
  readonly region: string;
}

/**
 * Gets ready to work with a bucket: finds credentials, endpoint and region, and makes a client. Requests are sent only where
 * they are needed for that: to a credential service, and for the region to AWS when none is configured. Throws a UserError when
 * something is not there or does not fit.
 */
export async function connectBucket(options: ConnectOptions): Promise<ConnectedBucket> {
  const { bucket: name, env, warn } = options;
  if (name === "" || name.includes("/")) {
    throw new UserError("usage", `cannot use "${printable(name)}" as a bucket's name`, {
      hint: "give the name alone, without s3:// and without a prefix",
    });
  }
  const [aws, boto] = await Promise.all([readAwsConfig(options), readBotoConfig(options)]);
  for (const warning of [...aws.warnings, ...boto.warnings]) warn(warning);

  const settings = aws.profiles.get(options.profile ?? ambientProfile(env));
  const given = findEndpoint({
    endpoint: options.endpoint,
    env,
    settings,
    services: aws.services,
    boto,
  });
  const region = configuredRegion({ region: options.region, env, settings, endpoint: given });
  const endpoint = given ?? regionalEndpoint(region ?? fallbackRegion, env, settings);

  const sdk = sdkCredentials(env, aws, region);
  const credentials = await begun(
    findCredentials({ profile: options.profile, env, aws, boto, sdk }),
  );

  const proxy = proxyOf(endpoint, env);
  const make = options.transport ?? openTransport;
  const transport = await make({
    connections: connectionsFor(options.concurrency),
    ca: await caOf(options, settings, boto),
    client: chooseHttpClient(options.http, env, proxy),
    proxy,
  });
  const maxAttempts = options.maxAttempts ?? configuredAttempts(env, settings) ?? boto.maxAttempts;
  const { onRequest, onRetry, onThrottle } = options;
  const clientOf = (endpoint: Endpoint, region: string) =>
    createS3Client({
      transport,
      endpoint,
      region,
      credentials,
      addressing: options.addressing ?? configuredAddressing(settings) ?? boto.addressing,
      ...(maxAttempts === undefined ? {} : { retry: { maxAttempts } }),
      onRequest,
      onRetry,
      onThrottle,
    });

  const headers = headersOf(options);
  const origin = ({ protocol, host }: Endpoint) => `${protocol}//${host}`;
  const first = { s3: clientOf(endpoint, region ?? fallbackRegion), name, headers };
  const found = { ...first, endpoint: origin(endpoint), region: region ?? fallbackRegion };
  if (region !== undefined) return found;

  let discovered: string | undefined;
  try {
    discovered = await discoverRegion(first, { signal: options.signal });
  } catch (error) {
    await transport.close();
    if (options.signal?.aborted) throw error;
    throw explain(
      error,
      `find the region of the bucket ${JSON.stringify(name)}`,
      found,
      "HeadBucket",
    );
  }
  if (discovered === undefined || discovered === found.region) return found;
  const own = given ?? regionalEndpoint(discovered, env, settings);
  return {
    s3: clientOf(own, discovered),
    name,
    headers,
    endpoint: origin(own),
    region: discovered,
  };
}

/**
 * Lets sides that trust the same certificates share a transport, and with it connections to a host that both ask. Closing one
 * side closes the other's too.
 */
export function sharedTransports(make: TransportFactory = openTransport): TransportFactory {
  const made = new Map<string, Promise<Transport>>();
  return (options) => {
    const { connections, ca, client, proxy } = options;
    const key = JSON.stringify([connections, ca, client, proxy]);
    const transport = made.get(key) ?? make(options);
    made.set(key, transport);
    return transport;
  };
}

/**
 * A streamed copy has a GET and a PUT under way, perhaps to one host, while a list goes on; a limit costs nothing until it is
 * reached, and a request must never wait for one that waits for it.
 */
function connectionsFor(concurrency: number): number {
  return 2 * concurrency + 2;
}

/** Asks for credentials now, so that a lack of them is told before any work, and gives the answer to the first who asks. */
async function begun(provider: CredentialsProvider): Promise<CredentialsProvider> {
  let first: ReturnType<CredentialsProvider> | undefined = Promise.resolve(await provider());
  return () => {
    const credentials = first ?? provider();
    first = undefined;
    return credentials;
  };
}

async function caOf(
  { env, home, cwd }: Surroundings,
  settings: AwsProfile | undefined,
  boto: BotoConfig,
): Promise<string | undefined> {
  const path = env.AWS_CA_BUNDLE || settings?.get("ca_bundle") || boto.caFile;
  return path ? readCaBundle(resolve(cwd, expandHome(path, home))) : undefined;
}

function configuredAttempts(
  env: NodeJS.ProcessEnv,
  settings: AwsProfile | undefined,
): number | undefined {
  const text = env.AWS_MAX_ATTEMPTS || settings?.get("max_attempts");
  if (!text) return undefined;
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UserError("usage", `cannot try requests "${printable(text)}" times`, {
    hint: "AWS_MAX_ATTEMPTS, or max_attempts of the profile, is a whole number from 1 up",
  });
}

/** The AWS CLI's `s3 = addressing_style`; `auto` and whatever it does not know leave it to the endpoint. */
function configuredAddressing(settings: AwsProfile | undefined): Addressing | undefined {
  const style = settings?.get("s3.addressing_style");
  return style === "path" || style === "virtual" ? style : undefined;
}

function headersOf(options: ConnectOptions): Readonly<Record<string, string>> | undefined {
  const { requesterPays, expectedOwner } = options;
  if (expectedOwner !== undefined && !/^\d{12}$/.test(expectedOwner)) {
    throw new UserError("usage", `cannot expect "${printable(expectedOwner)}" to own a bucket`, {
      hint: "an AWS account is a number of 12 digits; see yours: aws sts get-caller-identity",
    });
  }
  const headers = {
    ...(requesterPays ? { "x-amz-request-payer": "requester" } : {}),
    ...(expectedOwner === undefined ? {} : { "x-amz-expected-bucket-owner": expectedOwner }),
  };
  return Object.keys(headers).length === 0 ? undefined : headers;
}
