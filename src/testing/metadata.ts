import { Refusal } from "./errors.ts";

/**
 * User metadata an object may have: names and values together, in bytes (user guide, "Working with
 * object metadata").
 */
const maxMetadataBytes = 2048;

/** Standard headers that S3 keeps with an object. */
const keptHeaders = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
];

/**
 * The standard headers of a PUT that are kept. `aws-chunked` is about the wire, not about the
 * object.
 */
export function objectHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of keptHeaders) {
    let value = headers.get(name);
    if (name === "content-encoding" && value !== undefined) value = withoutChunked(value);
    if (value !== undefined && value !== "") kept[name] = value;
  }
  kept["content-type"] ??= "binary/octet-stream";
  return kept;
}

function withoutChunked(encoding: string): string {
  const codings = encoding.split(",").map((coding) => coding.trim());
  return codings.filter((coding) => coding !== "aws-chunked").join(",");
}

/**
 * User metadata as S3 stores it: words encoded as RFC 2047 says are decoded; other bytes are taken
 * as Latin-1, so UTF-8 sent as it is comes back as something else, as the example in "Working with
 * object metadata" shows.
 */
export function userMetadata(headers: ReadonlyMap<string, string>): Record<string, string> {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith("x-amz-meta-")) continue;
    const short = name.slice("x-amz-meta-".length);
    metadata[short] = decodeWords(value);
    bytes += Buffer.byteLength(short) + Buffer.byteLength(metadata[short]);
  }
  if (bytes > maxMetadataBytes) {
    throw new Refusal("MetadataTooLarge", {
      details: { Size: String(bytes), MaxSizeAllowed: String(maxMetadataBytes) },
    });
  }
  return metadata;
}

/**
 * The headers that give user metadata back; values beyond printable ASCII are encoded as RFC 2047
 * says.
 */
export function metadataHeaders(
  metadata: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) {
    headers[`x-amz-meta-${name}`] = /^[\t\x20-\x7e]*$/.test(value)
      ? value
      : `=?UTF-8?B?${Buffer.from(value).toString("base64")}?=`;
  }
  return headers;
}

/** Decodes RFC 2047 words; white space between two of them is not part of the text. */
function decodeWords(value: string): string {
  const joined = value.replace(
    /(=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=)\s+(?==\?[^?\s]+\?[BbQq]\?)/g,
    "$1",
  );
  return joined.replace(/=\?([^?\s]+)\?([BbQq])\?([^?\s]*)\?=/g, (word, charset, coding, text) => {
    const bytes = coding === "B" || coding === "b" ? Buffer.from(text, "base64") : decodeQ(text);
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes);
    } catch {
      return word;
    }
  });
}

function decodeQ(text: string): Buffer {
  const latin1 = text
    .replaceAll("_", " ")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, "latin1");
}
