import { createHmac, hash } from "node:crypto";

import { HmacSha256 } from "./hmac-sha256.ts";
import { percentEncode } from "./percent-encode.ts";
import { SignedForms } from "./signed-forms.ts";

/** What a request is signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A request as it will stand on the wire, before it is signed. */
export interface Unsigned {
  readonly method: string;
  /** The path, percent-encoded once. */
  readonly path: string;
  /** The query as `canonicalQuery` makes it. */
  readonly query: string;
  /** Lower case names, Latin-1 values, `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The SHA-256 of the body, `emptyPayload` or `unsignedPayload`. */
  readonly payload: string;
}

/** The SHA-256 of no bytes. */
export const emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Says that the signature does not cover the body. */
export const unsignedPayload = "UNSIGNED-PAYLOAD";

/** The SHA-256 of a body that is signed. */
export function payloadHash(body: Uint8Array): string {
  return hash("sha256", body, "hex");
}

/**
 * The query of a request, sorted and percent-encoded as Signature V4 wants it; it is also sent so.
 * A value that is undefined is left out, an empty one stands as `name=`.
 */
export function canonicalQuery(query: Readonly<Record<string, string | undefined>>): string {
  const pairs: string[] = [];
  for (const name in query) {
    const value = query[name];
    if (value !== undefined) pairs.push(`${percentEncode(name)}=${percentEncode(value)}`);
  }
  // By the names: as whole pairs `a-b=` would come before `a=`.
  if (pairs.length > 1) pairs.sort(compareNames);
  return pairs.join("&");
}

/**
 * Signs requests by their headers with Signature V4 for S3: the path is encoded once and not
 * normalised. The source of the rules is AWS's "Signature Calculations for the Authorization
 * Header: Transferring Payload in a Single Chunk".
 *
 * The four HMACs that make a signing key are computed once a day and region, which leaves one hash
 * and one HMAC a request.
 */
export class Signer {
  /** Whether the credentials are of a session, and so will end. */
  readonly temporary: boolean;
  readonly #credentials: Credentials;
  readonly #keys = new Map<string, HmacSha256>();
  readonly #forms = new SignedForms();
  #day = "";

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    this.temporary = credentials.sessionToken !== undefined;
  }

  /**
   * The headers to send: those given, with `x-amz-date`, `x-amz-content-sha256`, the session token
   * and `authorization`.
   */
  sign(request: Unsigned, region: string, now: number): Record<string, string> {
    const { accessKeyId, sessionToken } = this.#credentials;
    const date = amzDate(now);
    const headers: Record<string, string> = {
      ...request.headers,
      "x-amz-content-sha256": request.payload,
      "x-amz-date": date,
    };
    if (sessionToken !== undefined) headers["x-amz-security-token"] = sessionToken;

    const { lines, names } = this.#forms.of(Object.keys(headers));
    let text = "";
    let ascii = true;
    for (const { name, start } of lines) {
      let value = headers[name]!;
      if (odd.test(value)) {
        ascii &&= !highByte.test(value);
        // Only blanks and tabs: `trim` would also take U+00A0, a byte of many letters in UTF-8.
        value = value.replace(/^[ \t]+|[ \t]+$/g, "").replace(/[ \t]+/g, " ");
      }
      text += start + value;
    }

    const canonical = `${request.method}\n${request.path}\n${request.query}${text}\n\n${names}\n${request.payload}`;
    // A string would be hashed as UTF-8, but header values are sent as Latin-1.
    const digest = hash("sha256", ascii ? canonical : Buffer.from(canonical, "latin1"), "hex");
    const day = date.slice(0, 8);
    const scope = `${day}/${region}/s3/aws4_request`;
    const signature = this.#key(day, region).hex(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`);
    headers["authorization"] =
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
    return headers;
  }

  #key(day: string, region: string): HmacSha256 {
    if (day !== this.#day) {
      this.#day = day;
      this.#keys.clear();
    }
    let key = this.#keys.get(region);
    if (key === undefined) {
      let bytes = hmac(`AWS4${this.#credentials.secretAccessKey}`, day);
      for (const part of [region, "s3", "aws4_request"]) bytes = hmac(bytes, part);
      key = new HmacSha256(bytes);
      this.#keys.set(region, key);
    }
    return key;
  }
}

// A value that is not its own canonical form, or not ASCII.
const odd = /^[ \t]|[ \t]$| {2}|[\t\x80-\xff]/;
const highByte = /[\x80-\xff]/;

let lastSecond = Number.NaN;
let lastDate = "";

/**
 * A time as `20130524T000000Z`; the last one is kept, for there are thousands of requests a second.
 */
function amzDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastDate = `${new Date(second * 1000).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
  }
  return lastDate;
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

function compareNames(a: string, b: string): number {
  const nameA = a.slice(0, a.indexOf("="));
  const nameB = b.slice(0, b.indexOf("="));
  return nameA < nameB ? -1 : 1;
}
