import { XMLParser } from "fast-xml-parser";

import { parseEndpoint } from "./address.ts";
import { S3Error } from "./error.ts";
import type { HttpReply } from "./transport.ts";

/** The longest error body that is read, in bytes; S3's have a few hundred. */
export const maxErrorBytes = 64 * 1024;

/** What failed, for the messages of replies that have none. */
export interface Asked {
  readonly method: string;
  readonly bucket: string;
  readonly operation?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Makes the error that a reply stands for, from its status, its headers and its body, which may be
 * XML, HTML or nothing.
 */
export function errorOf(
  reply: Pick<HttpReply, "status" | "headers">,
  body: Uint8Array,
  asked: Asked,
): S3Error {
  const found = parseError(body);
  const code = found["Code"] ?? codeOfStatus(reply.status, asked);
  const message = found["Message"] ?? `the server answered ${reply.status}`;
  return new S3Error(code, message, {
    status: reply.status,
    bucket: asked.bucket,
    operation: asked.operation,
    requestId: found["RequestId"] ?? reply.headers["x-amz-request-id"],
    region:
      reply.headers["x-amz-bucket-region"] ?? found["Region"] ?? regionOfHost(found["Endpoint"]),
    condition: found["Condition"],
    retryAfterMs: retryAfter(reply.headers["retry-after"]),
  });
}

/**
 * The name of an XML document's root element, or undefined when there is none. White space before
 * it, which S3 sends while it works, and declarations are passed over.
 */
export function rootElement(body: Uint8Array): string | undefined {
  const end = body.length;
  for (let at = 0; at < end; at++) {
    const byte = body[at]!;
    if (byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf) continue;
    if (byte !== lessThan) return undefined;
    const next = body[at + 1];
    if (next !== questionMark && next !== exclamationMark) {
      const name = Buffer.from(body.buffer, body.byteOffset + at + 1, Math.min(end - at - 1, 64));
      return /^(?:[\w.-]+:)?([\w.-]+)/.exec(name.toString("latin1"))?.[1];
    }
    at = body.indexOf(greaterThan, at);
    if (at < 0) return undefined;
  }
  return undefined;
}

const lessThan = 0x3c;
const greaterThan = 0x3e;
const questionMark = 0x3f;
const exclamationMark = 0x21;

// Values stay text: a number as a code, or in a key, would lose its zeros.
const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  removeNSPrefix: true,
});

function parseError(body: Uint8Array): Record<string, string | undefined> {
  if (rootElement(body) !== "Error") return {};
  try {
    const { Error: error } = parser.parse(Buffer.from(body).toString("utf8")) as {
      Error?: Record<string, unknown>;
    };
    return Object.fromEntries(
      Object.entries(error ?? {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
      ),
    );
  } catch {
    // Not the XML it began as: the status has to say it.
    return {};
  }
}

function codeOfStatus(status: number, { method, key }: Asked): string {
  // With nothing but a status S3 asks for fewer HEADs: the pace has to answer to it as to any
  // SlowDown.
  if (status === 503 && method === "HEAD") return "SlowDown";
  if (status === 404) return key === undefined ? "NoSuchBucket" : "NoSuchKey";
  return codes[status] ?? (status >= 500 ? "InternalError" : `Http${status}`);
}

/** What a status stands for in a reply without a code, as the one to a HEAD. */
const codes: Readonly<Record<number, string | undefined>> = {
  301: "PermanentRedirect",
  304: "NotModified",
  307: "TemporaryRedirect",
  400: "BadRequest",
  401: "AccessDenied",
  403: "AccessDenied",
  405: "MethodNotAllowed",
  409: "Conflict",
  411: "MissingContentLength",
  412: "PreconditionFailed",
  416: "InvalidRange",
  429: "SlowDown",
  501: "NotImplemented",
  503: "ServiceUnavailable",
};

/** A redirect may name no region but a host, as `photos.s3-eu-west-1.amazonaws.com`. */
function regionOfHost(host: string | undefined): string | undefined {
  if (host === undefined) return undefined;
  try {
    return parseEndpoint(host).region;
  } catch {
    return undefined;
  }
}

/**
 * Retry-After in milliseconds; it is in seconds, or a date, which nobody sends and which is left
 * alone.
 */
function retryAfter(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : undefined;
}
