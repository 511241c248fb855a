import { S3Client, S3ServiceException } from "@aws-sdk/client-s3";

import type { Feature } from "../../support/gaps.ts";
import type { Account, RunningServer } from "../../support/servers.ts";

/** What a probe works with: a server, and a bucket of the source account for this probe alone. */
export interface Site {
  readonly server: RunningServer;
  /** The source account's client. */
  readonly s3: S3Client;
  /** A request's `Bucket`. */
  readonly Bucket: string;
}

/**
 * Tries one feature out and says whether the server does it as Amazon S3 does. What it needs beforehand has to work:
 * an error there is thrown, and is no answer.
 */
export type Probe = (site: Site) => Promise<boolean>;

/** Probes of some of the features. */
export type Probes<Name extends Feature> = Readonly<Record<Name, Probe>>;

/** A client that asks for nothing more than it is told to: no checksums and no retries of its own. */
export function newClient(
  { url, region }: RunningServer,
  account: Account,
  more: { readonly systemClockOffset?: number } = {},
): S3Client {
  return new S3Client({
    endpoint: url,
    region,
    credentials: account,
    forcePathStyle: true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 1,
    ...more,
  });
}

/** Whether the server does what it is asked for; any answer that is an error says no. */
export async function succeeds(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch {
    return false;
  }
}

/** Whether the server refuses, with this status. */
export async function isRefused(answer: Promise<unknown>, status: number): Promise<boolean> {
  try {
    await answer;
    return false;
  } catch (error) {
    return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
  }
}
