import type { IncomingMessage } from "node:http";

import { Refusal } from "./errors.ts";

/** The head of a request, taken apart but not yet trusted. */
export interface RequestHead {
  readonly method: string;
  /** The Host header as sent. */
  readonly host: string;
  /** The path, percent-decoded; with the bucket in it only for path style. */
  readonly path: string;
  /** "" for a request to the service itself. */
  readonly bucketName: string;
  /**
   * "" for a request to a bucket. Exactly the characters sent: `//`, `.` and `..` are no directions
   * here.
   */
  readonly key: string;
  /** Decoded parameters in the order sent. */
  readonly query: ReadonlyMap<string, string>;
  /**
   * By lower-case name; values are Latin-1 strings, one character a byte. Repeated ones are joined
   * by a comma.
   */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Takes a request's head apart. `hostSuffix` is what virtual-hosted names end in besides
 * `localhost`.
 */
export function readHead(message: IncomingMessage, hostSuffix: string | undefined): RequestHead {
  const headers = joinHeaders(message.rawHeaders);
  const host = headers.get("host") ?? "";
  const target = message.url ?? "/";
  const mark = target.indexOf("?");
  const path = decodePath(mark === -1 ? target : target.slice(0, mark));
  const query = parseQuery(mark === -1 ? "" : target.slice(mark + 1));
  const virtualBucket = bucketOfHost(host, hostSuffix);
  if (virtualBucket !== undefined) {
    const key = path.slice(1);
    return {
      method: message.method ?? "",
      host,
      path,
      bucketName: virtualBucket,
      key,
      query,
      headers,
    };
  }
  const slash = path.indexOf("/", 1);
  const bucketName = slash === -1 ? path.slice(1) : path.slice(1, slash);
  const key = slash === -1 ? "" : path.slice(slash + 1);
  return { method: message.method ?? "", host, path, bucketName, key, query, headers };
}

function joinHeaders(raw: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    const before = headers.get(name);
    headers.set(name, before === undefined ? raw[index + 1]! : `${before},${raw[index + 1]!}`);
  }
  return headers;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new Refusal("InvalidURI", { details: { URI: path } });
  }
}

/** Decodes a query. A `+` is a space here, as in S3; in a path it is a plus. */
function parseQuery(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  if (query === "") return parameters;
  try {
    for (const pair of query.split("&")) {
      if (pair === "") continue;
      const equals = pair.indexOf("=");
      const name = equals === -1 ? pair : pair.slice(0, equals);
      const value = equals === -1 ? "" : pair.slice(equals + 1);
      parameters.set(decodeParameter(name), decodeParameter(value));
    }
  } catch {
    throw new Refusal("InvalidURI", { details: { URI: query } });
  }
  return parameters;
}

function decodeParameter(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function bucketOfHost(host: string, hostSuffix: string | undefined): string | undefined {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  for (const suffix of [hostSuffix, "localhost"]) {
    if (suffix !== undefined && name.endsWith(`.${suffix}`))
      return name.slice(0, -suffix.length - 1);
  }
  return undefined;
}
