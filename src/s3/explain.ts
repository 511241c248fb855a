import { UserError, type Reason } from "../errors.ts";
import type { S3Bucket } from "./client.ts";
import { S3Error } from "./error.ts";
import { printable } from "./printable.ts";
import { TransportError } from "./transport.ts";

/** What an error is about. */
export interface Subject extends Pick<S3Bucket, "name"> {
  /** The endpoint's origin, named when there was no answer from it. */
  readonly endpoint?: string | undefined;
}

/**
 * Turns S3's answer, or the lack of one, into an error for the person at the terminal: what was
 * tried, why it was not done, what to do next. A UserError passes through; any other error is a bug
 * and is thrown as it is.
 *
 * @param doing What was tried, as in `list "s3://photos/2024/"`; the message becomes `cannot list
 * …: access denied`.
 * @param operation S3's name of the operation, for the permission it takes; without it the error
 * tells, or the first word of `doing`.
 */
export function explain(
  error: unknown,
  doing: string,
  bucket: Subject,
  operation?: string,
): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof S3Error) {
    const { reason, why, hint } = ofAnswer(
      error,
      bucket,
      operation ?? error.operation ?? doing.split(" ", 1)[0] ?? "",
    );
    return new UserError(reason, `cannot ${doing}: ${why}`, { hint, cause: error });
  }
  if (error instanceof TransportError) {
    const { why, hint } = ofConnection(error, bucket.endpoint);
    return new UserError("failed", `cannot ${doing}: ${why}`, { hint, cause: error });
  }
  throw error;
}

interface Explanation {
  readonly reason: Reason;
  readonly why: string;
  readonly hint?: string | undefined;
}

function ofAnswer(error: S3Error, bucket: Subject, operation: string): Explanation {
  const name = JSON.stringify(bucket.name);
  switch (error.code) {
    case "AccessDenied":
    case "Forbidden":
      return { reason: "denied", why: "access denied", hint: needs(operation, bucket.name) };
    case "InvalidAccessKeyId":
      return {
        reason: "denied",
        why: "the access key is not known there",
        hint: `it may be of another account or endpoint; ${whoIsIt}`,
      };
    case "SignatureDoesNotMatch":
      return {
        reason: "denied",
        why: "the signature does not match",
        hint: "the secret key is not the one of the access key, or a proxy changes the requests",
      };
    case "ExpiredToken":
    case "TokenRefreshRequired":
      return {
        reason: "denied",
        why: "the session has ended",
        hint: "begin a new one, as with: aws sso login",
      };
    case "InvalidToken":
      return {
        reason: "denied",
        why: "the session token is not valid",
        hint: "access key, secret key and token must be of one session; see which are set: env | grep AWS_ | cut -d= -f1",
      };
    case "RequestTimeTooSkewed":
      return {
        reason: "failed",
        why: "this machine's clock differs from S3's by more than 15 minutes",
        hint: "set the clock; see whether it is kept: timedatectl",
      };
    case "NoSuchBucket":
      return {
        reason: "missing",
        why: `there is no bucket ${name}`,
        hint: `see what there is${bucket.endpoint === undefined ? "" : ` at ${bucket.endpoint}`}: aws s3 ls${
          bucket.endpoint === undefined ? "" : ` --endpoint-url ${bucket.endpoint}`
        }`,
      };
    case "NoSuchKey":
    case "NoSuchVersion":
    case "NotFound":
      return { reason: "missing", why: "it is not there" };
    case "InvalidBucketName":
      return { reason: "usage", why: `${name} is not a bucket's name` };
    case "AuthorizationHeaderMalformed":
    case "PermanentRedirect":
    case "TemporaryRedirect":
      return error.region === undefined
        ? unknown(error)
        : {
            reason: "failed",
            why: `the bucket ${name} is in the region ${printable(error.region)}`,
            hint: `give that region, or its endpoint, for this bucket`,
          };
    case "SlowDown":
    case "ServiceUnavailable":
    case "TooManyRequests":
      return {
        reason: "failed",
        why: "S3 keeps asking for fewer requests",
        hint: "try again with a lower --concurrency",
      };
    case "InvalidObjectState":
    case "ObjectNotInActiveTierError":
      return {
        reason: "failed",
        why: "the object is archived",
        hint: "restore it first: campanile restore --help",
      };
    default:
      return unknown(error);
  }
}

/** S3's own words, for what we have none for. */
function unknown(error: S3Error): Explanation {
  const about =
    error.message === "" || error.message === error.code ? "" : `: ${printable(error.message)}`;
  const id = error.requestId === undefined ? "" : ` (request id ${printable(error.requestId)})`;
  const reason =
    error.status === 401 || error.status === 403
      ? "denied"
      : error.status === 404
        ? "missing"
        : "failed";
  return { reason, why: `${printable(error.code)}${about}${id}` };
}

function ofConnection(
  error: TransportError,
  endpoint: string | undefined,
): Pick<Explanation, "why" | "hint"> {
  // The transport's messages begin so: GET https://host: …
  const to = endpoint ?? /^[A-Z]+ (https?:\/\/\S+?):? /.exec(error.message)?.[1] ?? "the endpoint";
  const code = codeOf(error);
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        why: `no address is known of ${to}`,
        hint:
          code === "EAI_AGAIN"
            ? "the name service does not answer; is there a network?"
            : "check the endpoint and the region; a server that does not know buckets in its host name needs path style",
      };
    case "ECONNREFUSED":
      return { why: `${to} refuses connections`, hint: "check that the server runs, and the port" };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { why: `there is no way to ${to}`, hint: "check the network, and the endpoint" };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return {
        why: `the certificate of ${to} is for another host`,
        hint: "for a bucket with dots in its name, or a server that names no buckets in its host, use path style",
      };
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return {
        why: `the certificate of ${to} is ${code === "CERT_HAS_EXPIRED" ? "no longer" : "not yet"} valid`,
        hint: "the server needs a new one, or this machine's clock is wrong",
      };
    default:
  }
  if (/CERT|UNABLE_TO_VERIFY/.test(code)) {
    return {
      why: `the certificate of ${to} is of an authority that is not trusted here (${code})`,
      hint: "if you trust it, name its certificate: AWS_CA_BUNDLE=/path/to/ca.pem",
    };
  }
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
    return {
      why: `${to} does not speak TLS as expected (${code})`,
      hint: "for a server without TLS give http://HOST:PORT",
    };
  }
  if (/TIMEOUT|TIMEDOUT/.test(code)) {
    return {
      why: `no answer from ${to} in time (${code})`,
      hint: "check the endpoint, the network and its proxies",
    };
  }
  return {
    why: `the connection to ${to} failed: ${printable(error.message)} (${code})`,
    hint: to.startsWith("http:") ? "if the server speaks TLS, give https://HOST:PORT" : undefined,
  };
}

/**
 * The transport's code, or where it has no word for a failure the one of the system's error below.
 */
function codeOf(error: TransportError): string {
  let code = error.code;
  for (let at: unknown = error.cause; code === "FAILED" && at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") code = at.code;
  }
  return printable(code);
}

function needs(operation: string, bucket: string): string {
  const permission = permissions[operation];
  const arn = `arn:aws:s3:::${bucket}`;
  if (permission === undefined) return whoIsIt;
  const both = permission.source ? `${permission.source} on the source and ` : "";
  return `the caller needs ${both}${permission.action} on ${permission.objects ? `${arn}/*` : arn}; ${whoIsIt}`;
}

const whoIsIt = "see who it is: aws sts get-caller-identity";

interface Permission {
  readonly action: string;
  readonly objects: boolean;
  /** What a copy needs besides, on where it reads. */
  readonly source?: string;
}

const list: Permission = { action: "s3:ListBucket", objects: false };
const get: Permission = { action: "s3:GetObject", objects: true };
const put: Permission = { action: "s3:PutObject", objects: true };
const copy: Permission = { ...put, source: "s3:GetObject" };
const remove: Permission = { action: "s3:DeleteObject", objects: true };
const restore: Permission = { action: "s3:RestoreObject", objects: true };

/**
 * What each operation takes, and each verb of a message (S3 user guide, "Required permissions for
 * Amazon S3 API operations").
 */
const permissions: Readonly<Record<string, Permission | undefined>> = {
  GetBucketVersioning: { action: "s3:GetBucketVersioning", objects: false },
  ListObjectsV2: list,
  HeadBucket: list,
  list,
  HeadObject: get,
  GetObject: get,
  read: get,
  PutObject: put,
  CreateMultipartUpload: put,
  UploadPart: put,
  CompleteMultipartUpload: put,
  write: put,
  CopyObject: copy,
  UploadPartCopy: copy,
  copy,
  AbortMultipartUpload: { action: "s3:AbortMultipartUpload", objects: true },
  ListParts: { action: "s3:ListMultipartUploadParts", objects: true },
  ListMultipartUploads: { action: "s3:ListBucketMultipartUploads", objects: false },
  DeleteObjects: remove,
  delete: remove,
  GetObjectTagging: { action: "s3:GetObjectTagging", objects: true },
  PutObjectTagging: { action: "s3:PutObjectTagging", objects: true },
  RestoreObject: restore,
  restore,
  CreateBucket: { action: "s3:CreateBucket", objects: false },
};
