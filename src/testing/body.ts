import type { IncomingMessage } from "node:http";

import { sha256 } from "./auth.ts";
import type { Identity } from "./auth.ts";
import { askedChecksum, checkChecksum, checkContentMd5 } from "./checksums.ts";
import type { Checksum } from "./checksums.ts";
import { decodeChunks } from "./chunked-body.ts";
import type { DecodedBody } from "./chunked-body.ts";
import { Refusal } from "./errors.ts";

/** A body that is all here and passed every check its request asked for. */
export interface Body {
  readonly bytes: Buffer;
  /**
   * The checksum the client gave, in a header or trailer, found right; undefined when it gave none.
   */
  readonly checksum: Checksum | undefined;
}

/** What reading a body needs to know. */
export interface BodyOptions {
  readonly headers: ReadonlyMap<string, string>;
  readonly identity: Identity;
  readonly maxBytes: number;
  /**
   * False where an `x-amz-checksum-` header is not about the body, as in CompleteMultipartUpload.
   */
  readonly hasChecksum: boolean;
  /** Called when nothing in the head forbids the body, before it is read. */
  readonly onStart: () => void;
  /** Damages the bytes as a broken wire would, before anything is checked. */
  readonly damage: ((bytes: Buffer) => void) | undefined;
}

/** The connection ended before the body did: there is nobody to answer. */
export class Disconnected extends Error {
  override readonly name: string = "Disconnected";
}

/** Reads a request's body whole and checks its length, signature, MD5 and checksum. */
export async function readBody(message: IncomingMessage, options: BodyOptions): Promise<Body> {
  const { headers, identity } = options;
  const { payload, chain } = identity;
  const decodedLength = announcedLength(options);
  options.onStart();
  const raw = await collect(message, headers.get("content-length"));
  let decoded: DecodedBody = { bytes: raw, trailers: new Map() };
  if (payload.kind === "chunked") {
    const announcedTrailers = (headers.get("x-amz-trailer") ?? "").toLowerCase().split(/[\s,]+/);
    decoded = decodeChunks(raw, {
      payload,
      chain,
      decodedLength,
      announcedTrailers: announcedTrailers.filter((name) => name !== ""),
    });
  }
  options.damage?.(decoded.bytes);
  if (payload.kind === "hash" && sha256(decoded.bytes) !== payload.sha256) {
    throw new Refusal("XAmzContentSHA256Mismatch", {
      details: {
        ClientComputedContentSHA256: payload.sha256,
        S3ComputedContentSHA256: sha256(decoded.bytes),
      },
    });
  }
  const contentMd5 = headers.get("content-md5");
  if (contentMd5 !== undefined) checkContentMd5(contentMd5, decoded.bytes);
  const asked = options.hasChecksum ? askedChecksum(headers, decoded.trailers) : undefined;
  const checksum = asked && checkChecksum(asked, [decoded.bytes]);
  return { bytes: decoded.bytes, checksum };
}

/**
 * The length the body will have, checked before it is read. S3 wants to know it: without one it
 * answers 411.
 */
function announcedLength({ headers, identity, maxBytes }: BodyOptions): number {
  const isChunked = identity.payload.kind === "chunked";
  const length = headers.get(isChunked ? "x-amz-decoded-content-length" : "content-length");
  if (length === undefined) {
    if (!isChunked && headers.has("transfer-encoding")) {
      throw new Refusal("NotImplemented", {
        message: "A header you provided implies functionality that is not implemented",
        details: { Header: "Transfer-Encoding" },
      });
    }
    throw new Refusal("MissingContentLength");
  }
  const bytes = Number(length);
  if (!/^\d+$/.test(length)) throw new Refusal("InvalidArgument");
  if (bytes > maxBytes) {
    throw new Refusal("EntityTooLarge", {
      details: { ProposedSize: length, MaxSizeAllowed: String(maxBytes) },
    });
  }
  return bytes;
}

/**
 * Collects the bytes that come. With a known length they go straight into one buffer of that size:
 * a large body is copied once, and a small one does not keep alive the 64 KiB that the socket read
 * it into.
 */
function collect(message: IncomingMessage, contentLength: string | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const whole =
      contentLength === undefined ? undefined : Buffer.allocUnsafeSlow(Number(contentLength));
    const chunks: Buffer[] = [];
    let length = 0;
    // Gone while the server was waiting on purpose: no event will tell any more.
    if (message.destroyed) reject(new Disconnected("the client left before its body came"));
    message.on("data", (chunk: Buffer) => {
      if (whole === undefined) chunks.push(chunk);
      else chunk.copy(whole, length);
      length += chunk.length;
    });
    message.on("end", () => resolve(whole ?? Buffer.concat(chunks)));
    message.on("close", () => reject(new Disconnected("the client left in mid-body")));
    message.on("error", () => reject(new Disconnected("the client left in mid-body")));
  });
}
