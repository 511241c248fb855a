import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import type { Account } from "./account.ts";
import { Refusal } from "./errors.ts";
import type { RequestHead } from "./request.ts";

/** Who signed a request, and how its body is signed. */
export interface Identity {
  readonly account: Account;
  /** The region the request was signed for; whether it is the right one is not checked here. */
  readonly region: string;
  readonly payload: Payload;
  readonly chain: SignatureChain;
}

/** What `x-amz-content-sha256` says about the body. */
export type Payload =
  | { readonly kind: "hash"; readonly sha256: string }
  | { readonly kind: "unsigned" }
  | { readonly kind: "chunked"; readonly signed: boolean; readonly trailer: boolean };

/**
 * What signatures of single chunks are made with; each one covers the one before, the first one the
 * head's.
 */
export interface SignatureChain {
  readonly key: Buffer;
  readonly date: string;
  readonly scope: string;
  readonly signature: string;
}

/**
 * How far a client's clock may be off, and so how old a request may be (S3's error
 * RequestTimeTooSkewed).
 */
const maxSkewMs = 15 * 60 * 1000;
/**
 * The longest life of a presigned URL: a week (S3's API reference, "Authenticating Requests: Using
 * Query Parameters").
 */
const maxExpiresSeconds = 604_800;

interface Claim {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly scopeDate: string;
  readonly region: string;
  readonly date: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly token: string | undefined;
  /** Undefined for a signature in a header. */
  readonly expiresSeconds: number | undefined;
  readonly payloadHash: string;
}

/**
 * Checks a request's Signature Version 4, in the Authorization header or in the query, as S3 does:
 * the path is signed as sent, without normalising, each byte encoded once; every `x-amz-` header
 * must be signed.
 */
export function authenticate(
  head: RequestHead,
  accounts: ReadonlyMap<string, Account>,
  now: Date,
): Identity {
  const claim = readClaim(head);
  const account = accounts.get(claim.accessKeyId);
  if (account === undefined || (account.sessionToken !== undefined && claim.token === undefined)) {
    throw new Refusal("InvalidAccessKeyId", { details: { AWSAccessKeyId: claim.accessKeyId } });
  }
  if (claim.token !== account.sessionToken) throw new Refusal("InvalidToken");
  checkTime(claim, now);
  checkAllSigned(head, claim);
  const key = signingKey(account.secretAccessKey, claim.scopeDate, claim.region);
  const canonical = canonicalRequest(head, claim);
  const toSign = `AWS4-HMAC-SHA256\n${claim.date}\n${claim.scope}\n${sha256(canonical)}`;
  if (!isEqual(hmac(key, toSign).toString("hex"), claim.signature)) {
    throw new Refusal("SignatureDoesNotMatch", {
      details: {
        AWSAccessKeyId: claim.accessKeyId,
        StringToSign: toSign,
        SignatureProvided: claim.signature,
        CanonicalRequest: canonical,
      },
    });
  }
  const { region, date, scope, signature } = claim;
  const payload = payloadOf(claim.payloadHash);
  return { account, region, payload, chain: { key, date, scope, signature } };
}

/** Checks a signature made with the key that signed the head: of a chunk, or of a trailer. */
export function matchesChain(chain: SignatureChain, what: string, signature: string): boolean {
  const [first, ...rest] = what.split("\n");
  const toSign = [first, chain.date, chain.scope, chain.signature, ...rest].join("\n");
  return isEqual(hmac(chain.key, toSign).toString("hex"), signature);
}

/** SHA-256 in hex; text is taken as Latin-1, one byte a character, as headers are. */
export function sha256(data: string | Uint8Array): string {
  const hash = createHash("sha256");
  return (typeof data === "string" ? hash.update(data, "latin1") : hash.update(data)).digest("hex");
}

function readClaim(head: RequestHead): Claim {
  const authorization = head.headers.get("authorization");
  const inQuery = head.query.has("X-Amz-Algorithm") || head.query.has("X-Amz-Signature");
  if (authorization !== undefined && inQuery) {
    throw new Refusal("InvalidArgument", {
      message:
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter " +
        "or the Authorization header should be specified",
    });
  }
  if (inQuery) return readQueryClaim(head);
  if (head.query.has("AWSAccessKeyId")) throw unsupportedMechanism();
  if (authorization === undefined) throw new Refusal("AccessDenied");
  return readHeaderClaim(head, authorization);
}

function readHeaderClaim({ headers }: RequestHead, authorization: string): Claim {
  if (!authorization.startsWith("AWS4-HMAC-SHA256")) {
    throw unsupportedMechanism();
  }
  const fields = new Map<string, string>();
  for (const field of authorization.slice("AWS4-HMAC-SHA256".length).split(",")) {
    const equals = field.indexOf("=");
    if (equals > 0) fields.set(field.slice(0, equals).trim(), field.slice(equals + 1).trim());
  }
  const [credential, signedHeaders, signature] = ["Credential", "SignedHeaders", "Signature"].map(
    (name) => fields.get(name),
  );
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw new Refusal("AuthorizationHeaderMalformed", {
      message:
        "The authorization header is malformed; the authorization header requires three components: Credential, " +
        "SignedHeaders, and Signature.",
    });
  }
  const payloadHash = headers.get("x-amz-content-sha256");
  if (payloadHash === undefined) {
    throw new Refusal("InvalidRequest", {
      message: "Missing required header for this request: x-amz-content-sha256",
    });
  }
  return {
    ...readCredential(credential, "AuthorizationHeaderMalformed"),
    date: readDate(headers),
    signedHeaders: signedHeaders.split(";"),
    signature,
    token: headers.get("x-amz-security-token"),
    expiresSeconds: undefined,
    payloadHash,
  };
}

/** Signature Version 2 is refused, as in all regions since 2014. */
function unsupportedMechanism(): Refusal {
  return new Refusal("InvalidRequest", {
    message:
      "The authorization mechanism you have provided is not supported. " +
      "Please use AWS4-HMAC-SHA256.",
  });
}

function readQueryClaim({ query, headers }: RequestHead): Claim {
  const [algorithm, credential, date, expires, signedHeaders, signature] = [
    "Algorithm",
    "Credential",
    "Date",
    "Expires",
    "SignedHeaders",
    "Signature",
  ].map((name) => query.get(`X-Amz-${name}`));
  if (
    algorithm === undefined ||
    credential === undefined ||
    date === undefined ||
    expires === undefined ||
    signedHeaders === undefined ||
    signature === undefined
  ) {
    throw new Refusal("AuthorizationQueryParametersError", {
      message:
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, " +
        "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    });
  }
  const expiresSeconds = Number(expires);
  if (!(expiresSeconds >= 0 && expiresSeconds <= maxExpiresSeconds)) {
    throw new Refusal("AuthorizationQueryParametersError", {
      message: "X-Amz-Expires must be between 0 and 604800 seconds",
    });
  }
  return {
    ...readCredential(credential, "AuthorizationQueryParametersError"),
    date,
    signedHeaders: signedHeaders.split(";"),
    signature,
    token: query.get("X-Amz-Security-Token"),
    expiresSeconds,
    payloadHash:
      headers.get("x-amz-content-sha256") ??
      query.get("X-Amz-Content-Sha256") ??
      "UNSIGNED-PAYLOAD",
  };
}

function readCredential(
  credential: string,
  code: "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError",
): Pick<Claim, "accessKeyId" | "scope" | "scopeDate" | "region"> {
  const fields = credential.split("/");
  const [terminal, service, region, scopeDate] = fields.toReversed();
  const accessKeyId = fields.slice(0, -4).join("/");
  if (fields.length < 5 || terminal !== "aws4_request" || service !== "s3") {
    throw new Refusal(code, {
      message: `The authorization is malformed; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request".`,
    });
  }
  const scope = `${scopeDate!}/${region!}/s3/aws4_request`;
  return { accessKeyId, scope, scopeDate: scopeDate!, region: region! };
}

function readDate(headers: ReadonlyMap<string, string>): string {
  const date = headers.get("x-amz-date");
  if (date !== undefined) return date;
  const time = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(time)) {
    throw new Refusal("AccessDenied", {
      message: "AWS authentication requires a valid Date or x-amz-date header",
    });
  }
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

function checkTime(claim: Claim, now: Date): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.date);
  if (match === null || !claim.date.startsWith(claim.scopeDate)) {
    throw new Refusal("AccessDenied", {
      message: "AWS authentication requires a valid Date or x-amz-date header",
    });
  }
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  const signedAt = Date.UTC(year!, month! - 1, day, hour, minute, second);
  const expiresMs = claim.expiresSeconds === undefined ? undefined : claim.expiresSeconds * 1000;
  const age = now.getTime() - signedAt;
  if (expiresMs !== undefined && age > expiresMs) {
    throw new Refusal("AccessDenied", {
      message: "Request has expired",
      details: {
        "X-Amz-Expires": String(claim.expiresSeconds),
        Expires: new Date(signedAt + expiresMs).toISOString(),
        ServerTime: now.toISOString(),
      },
    });
  }
  if (age < -maxSkewMs || (expiresMs === undefined && age > maxSkewMs)) {
    throw new Refusal("RequestTimeTooSkewed", {
      details: {
        RequestTime: claim.date,
        ServerTime: now.toISOString(),
        MaxAllowedSkewMilliseconds: String(maxSkewMs),
      },
    });
  }
}

function checkAllSigned({ headers }: RequestHead, { signedHeaders }: Claim): void {
  const missing = [...headers.keys()].filter(
    (name) => (name === "host" || name.startsWith("x-amz-")) && !signedHeaders.includes(name),
  );
  if (missing.length === 0) return;
  throw new Refusal("AccessDenied", {
    message: "There were headers present in the request which were not signed",
    details: { HeadersNotSigned: missing.join(", ") },
  });
}

/** Blanks and tabs only: another white space character is a byte of the value. */
function folded(value: string): string {
  return value.replace(/^[ \t]+|[ \t]+$/g, "").replace(/[ \t]+/g, " ");
}

function canonicalRequest(head: RequestHead, claim: Claim): string {
  const query = Array.from(head.query)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const headers = claim.signedHeaders.map(
    (name) => `${name}:${folded(head.headers.get(name) ?? "")}\n`,
  );
  return [
    head.method,
    encode(head.path).replaceAll("%2F", "/"),
    query.join("&"),
    headers.join(""),
    claim.signedHeaders.join(";"),
    claim.payloadHash,
  ].join("\n");
}

function payloadOf(hash: string): Payload {
  switch (hash) {
    case "UNSIGNED-PAYLOAD":
      return { kind: "unsigned" };
    case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
      return { kind: "chunked", signed: false, trailer: true };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
      return { kind: "chunked", signed: true, trailer: false };
    case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
      return { kind: "chunked", signed: true, trailer: true };
  }
  if (/^[0-9a-f]{64}$/.test(hash)) return { kind: "hash", sha256: hash };
  throw new Refusal("InvalidArgument", {
    message:
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, " +
      "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
    details: { ArgumentName: "x-amz-content-sha256", ArgumentValue: hash },
  });
}

/**
 * Keys of the last days and regions: deriving one takes four HMACs, as much as all else a small
 * request costs.
 */
const signingKeys = new Map<string, Buffer>();
const maxSigningKeys = 1000;

function signingKey(secret: string, date: string, region: string): Buffer {
  const name = `${date}/${region}/${secret}`;
  const known = signingKeys.get(name);
  if (known !== undefined) return known;
  let key = hmac(Buffer.from(`AWS4${secret}`), date);
  for (const step of [region, "s3", "aws4_request"]) key = hmac(key, step);
  if (signingKeys.size >= maxSigningKeys) signingKeys.clear();
  signingKeys.set(name, key);
  return key;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "latin1").digest();
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
