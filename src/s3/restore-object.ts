import { bucketRequest } from "./bucket-request.ts";
import type { CallOptions, S3Bucket } from "./client.ts";
import { S3Error } from "./error.ts";
import { xmlBody } from "./xml-body.ts";
import { xmlNamespace } from "./xml-namespace.ts";

/** How an archived object is to be restored. */
export interface RestoreRequest {
  /** How long it can be read; left out for an Intelligent-Tiering object, which stays restored. */
  readonly days?: number | undefined;
  /** Faster tiers cost more; DEEP_ARCHIVE knows no Expedited. */
  readonly tier: "Bulk" | "Standard" | "Expedited";
  readonly versionId?: string | undefined;
}

/**
 * `started` now, `ongoing` since an earlier request, or `restored` already, when the request only
 * sets new days.
 */
export type RestoreAnswer = "started" | "ongoing" | "restored";

/** Asks for an archived object to be made readable (RestoreObject); asked twice it does no harm. */
export async function restoreObject(
  bucket: S3Bucket,
  key: string,
  { days, tier, versionId }: RestoreRequest,
  options?: CallOptions,
): Promise<RestoreAnswer> {
  const time = days === undefined ? "" : `<Days>${days}</Days>`;
  const document =
    `<RestoreRequest xmlns="${xmlNamespace}">${time}` +
    `<GlacierJobParameters><Tier>${tier}</Tier></GlacierJobParameters></RestoreRequest>`;
  try {
    const { reply } = await bucket.s3.fetch(
      bucketRequest(bucket, {
        operation: "RestoreObject",
        method: "POST",
        key,
        query: { restore: "", versionId },
        ...xmlBody(document),
      }),
      options,
    );
    return reply.status === 202 ? "started" : "restored";
  } catch (error) {
    if (error instanceof S3Error && error.code === "RestoreAlreadyInProgress") return "ongoing";
    throw error;
  }
}
