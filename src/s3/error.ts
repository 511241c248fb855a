/** An answer of S3 that is an error, also one that came inside a 200. */
export class S3Error extends Error {
  override readonly name: string = "S3Error";
  /**
   * S3's word, as `NoSuchKey`; for a HEAD, which has no body, the one that its status stands for.
   */
  readonly code: string;
  readonly status: number;
  /** The bucket that was asked; undefined for what is our own judgement of an answer. */
  readonly bucket: string | undefined;
  /** S3's name of what was asked, as `ListObjectsV2`. */
  readonly operation: string | undefined;
  readonly requestId: string | undefined;
  /** The region named by a redirect or an AuthorizationHeaderMalformed, where there is one. */
  readonly region: string | undefined;
  /** Which condition did not hold, as S3 names its header; for a PreconditionFailed that says so. */
  readonly condition: string | undefined;
  /** How long the server asks to wait before the next try, in milliseconds (Retry-After). */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    more: {
      readonly status: number;
      readonly bucket?: string | undefined;
      readonly operation?: string | undefined;
      readonly requestId?: string | undefined;
      readonly region?: string | undefined;
      readonly condition?: string | undefined;
      readonly retryAfterMs?: number | undefined;
    },
  ) {
    super(message);
    this.code = code;
    this.status = more.status;
    this.bucket = more.bucket;
    this.operation = more.operation;
    this.requestId = more.requestId;
    this.region = more.region;
    this.condition = more.condition;
    this.retryAfterMs = more.retryAfterMs;
  }

  /**
   * True when only the object or upload asked for is concerned, so that the others can go on. A
   * bucket that is not there, or a key pair that is not known, would fail every other record just
   * so.
   */
  get isAboutOneObject(): boolean {
    return !isCodeAboutAll(this.code);
  }
}

/** Whether an error of this code would meet every other record too. */
export function isCodeAboutAll(code: string): boolean {
  return aboutAll.has(code);
}

const aboutAll = new Set([
  "AllAccessDisabled",
  "AuthorizationHeaderMalformed",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidBucketName",
  "InvalidToken",
  "NoSuchBucket",
  "PermanentRedirect",
  "RequestTimeTooSkewed",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
]);
