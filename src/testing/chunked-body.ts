import { matchesChain, sha256 } from "./auth.ts";
import type { Payload, SignatureChain } from "./auth.ts";
import { Refusal } from "./errors.ts";

/** A body without the `aws-chunked` framing around it. */
export interface DecodedBody {
  readonly bytes: Buffer;
  /** By lower-case name. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** How a chunked body is signed and how long it says that it is. */
export interface ChunkedFraming {
  readonly payload: Extract<Payload, { kind: "chunked" }>;
  readonly chain: SignatureChain;
  readonly decodedLength: number;
  /** The names that `x-amz-trailer` announces. */
  readonly announcedTrailers: readonly string[];
}

const emptySha256 = sha256("");

/**
 * Takes off the `aws-chunked` framing, checking each chunk's signature where there are any
 * ("Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks"
 * in S3's API reference). The chunks are moved together inside `raw`, whose bytes are overwritten:
 * so a large body is not held twice.
 */
export function decodeChunks(raw: Buffer, framing: ChunkedFraming): DecodedBody {
  let { chain } = framing;
  let at = 0;
  let length = 0;
  for (;;) {
    const line = readLine(raw, at);
    at += line.length + 2;
    const match = /^([0-9a-fA-F]{1,15})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line);
    if (match === null) throw incomplete();
    const size = Number.parseInt(match[1]!, 16);
    if (at + size > raw.length) throw incomplete();
    const chunk = raw.subarray(at, at + size);
    if (framing.payload.signed) {
      const signature = match[2] ?? "";
      const what = `AWS4-HMAC-SHA256-PAYLOAD\n${emptySha256}\n${sha256(chunk)}`;
      if (!matchesChain(chain, what, signature)) throw new Refusal("SignatureDoesNotMatch");
      chain = { ...chain, signature };
    }
    if (size === 0) break;
    chunk.copy(raw, length);
    length += size;
    at += size;
    if (raw[at] !== 13 || raw[at + 1] !== 10) throw incomplete();
    at += 2;
  }
  if (length !== framing.decodedLength) throw incomplete();
  const trailers = readTrailers(raw.toString("latin1", at), framing, chain);
  return { bytes: raw.subarray(0, length), trailers };
}

function readTrailers(
  text: string,
  { payload, announcedTrailers }: ChunkedFraming,
  chain: SignatureChain,
): Map<string, string> {
  const trailers = new Map<string, string>();
  let signature = "";
  let signed = "";
  for (const line of text.split(/\r?\n/)) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon < 1) throw malformedTrailer();
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "x-amz-trailer-signature") {
      signature = value;
      continue;
    }
    if (!announcedTrailers.includes(name)) throw malformedTrailer();
    trailers.set(name, value);
    signed += `${name}:${value}\n`;
  }
  if (announcedTrailers.some((name) => !trailers.has(name))) throw malformedTrailer();
  if (payload.signed && payload.trailer) {
    const what = `AWS4-HMAC-SHA256-TRAILER\n${sha256(signed)}`;
    if (!matchesChain(chain, what, signature)) throw new Refusal("SignatureDoesNotMatch");
  }
  return trailers;
}

function readLine(raw: Buffer, from: number): string {
  const end = raw.indexOf("\r\n", from);
  if (end === -1 || end - from > 200) throw incomplete();
  return raw.toString("latin1", from, end);
}

function incomplete(): Refusal {
  return new Refusal("IncompleteBody");
}

function malformedTrailer(): Refusal {
  return new Refusal("InvalidRequest", {
    message:
      "The request contained trailing data that was not well-formed or did not conform to our published schema.",
  });
}
