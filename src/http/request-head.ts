import { type HttpRequest, TransportError } from "../s3/transport.ts";

/**
 * Writes the head of a request, as Latin-1. Throws a TransportError INVALID_REQUEST for one that could be read as another than the
 * caller meant: line breaks and other controls in a path or a header, and lengths that are not those of the body.
 */
export function requestHead(request: HttpRequest): string {
  const { method, path, headers, body } = request;
  if (!methods.has(method)) throw invalid(request, "the method is unknown");
  if (path.charCodeAt(0) !== slash || notInPath.test(path)) {
    throw invalid(request, "the path has characters that must be percent-encoded");
  }
  let text = `${method} ${path} HTTP/1.1`;
  let length: string | undefined;
  for (const name in headers) {
    const value = headers[name]!;
    if (notInValue.test(value)) {
      throw invalid(request, `the header ${name} has characters that no header can have`);
    }
    text += (goodNames.get(name) ?? checkedName(request, name)) + value;
    if (name === "content-length") length = value;
  }
  // With none, or another one, the rest of the body would be read as the next request.
  const expected =
    body === undefined ? "0" : body instanceof Uint8Array ? `${body.length}` : length;
  if (
    length === undefined ? body !== undefined : length !== expected || !/^\d{1,15}$/.test(length)
  ) {
    throw invalid(request, "the content-length is not that of the body");
  }
  return `${text}\r\n\r\n`;
}

const slash = 47;

const methods = new Set(["GET", "HEAD", "PUT", "POST", "DELETE"]);

/** All that a path and query, percent-encoded, do not have: blanks, controls, and what is not ASCII. */
const notInPath = /[^\x21-\x7e]/;

/** Controls but the tab, and characters that are no single byte (RFC 9110, section 5.5). */
const notInValue = /[^\t\x20-\x7e\x80-\xff]/;

const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

/** These decide where a message ends and what becomes of its connection, which is not the caller's to say. */
const ownNames = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
]);

/**
 * Names that were checked before, and all that stands before their values: the fewer pieces a head is made of, the less it takes
 * to make one string of them. Metadata has names of all kinds, so they are not kept without a bound.
 */
const goodNames = new Map<string, string>();
const maxGoodNames = 1000;

function checkedName(request: HttpRequest, name: string): string {
  if (!token.test(name) || ownNames.has(name)) {
    throw invalid(request, `${JSON.stringify(name)} cannot be the name of a header`);
  }
  const start = `\r\n${name}: `;
  if (goodNames.size < maxGoodNames) goodNames.set(name, start);
  return start;
}

function invalid({ method, origin }: HttpRequest, why: string): TransportError {
  return new TransportError("INVALID_REQUEST", `${method} ${origin}: ${why}`, "unsent");
}
