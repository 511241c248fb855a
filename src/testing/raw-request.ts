import { createHash, createHmac } from "node:crypto";
import { request } from "node:http";

import type { Account } from "./account.ts";

/**
 * A request for this folder's tests, which look at status, headers and text as they come over the
 * wire.
 */
export interface RawRequest {
  readonly method: string;
  /** Path and query, percent-encoded as they shall stand in the request line. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The Host header; absent: the address connected to. */
  readonly host?: string;
  readonly region?: string;
  /** What `x-amz-content-sha256` says; absent: the hash of the body. */
  readonly payloadHash?: string;
  readonly now?: Date;
  /** False for a PUT or POST that does not say how long it is. */
  readonly withLength?: boolean;
}

/** What came back. Header names are lower case. */
export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
  readonly text: string;
  /** The error's code, where the reply is an error document. */
  readonly code: string | undefined;
}

/** Signs a request with Signature V4 and sends it on a connection of its own. */
export function rawRequest(port: number, account: Account, options: RawRequest): Promise<RawReply> {
  const headers = sign(account, { ...options, host: options.host ?? `127.0.0.1:${port}` });
  return send(port, options.method, options.target, headers, options.body);
}

/** Sends a request as it is. */
export function send(
  port: number,
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = "",
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: "127.0.0.1", port, method, path: target, headers, agent: false },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on("data", (chunk: Buffer) => chunks.push(chunk));
        reply.on("error", reject);
        reply.on("end", () => {
          const body = Buffer.concat(chunks);
          const text = body.toString();
          const headers = reply.headers as Record<string, string | undefined>;
          const code = /<Code>(.*?)<\/Code>/.exec(text)?.[1];
          resolve({ status: reply.statusCode ?? 0, headers, body, text, code });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The headers of a signed request. */
export function sign(
  account: Account,
  options: RawRequest & { readonly host: string },
): Record<string, string> {
  const { method, target, body = "", region = "us-east-1", now = new Date() } = options;
  const date = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const headers: Record<string, string> = {
    host: options.host,
    "x-amz-date": date,
    "x-amz-content-sha256": options.payloadHash ?? sha256(body),
  };
  for (const [name, value] of Object.entries(options.headers ?? {}))
    headers[name.toLowerCase()] = value;
  if (account.sessionToken !== undefined) headers["x-amz-security-token"] ??= account.sessionToken;
  const isSent = method === "PUT" || method === "POST";
  if (isSent && options.withLength !== false && headers["transfer-encoding"] === undefined) {
    headers["content-length"] ??= String(Buffer.byteLength(body));
  }
  const names = Object.keys(headers).sort();
  const [path, query = ""] = target.split("?", 2);
  const canonical = [
    method,
    path,
    query
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => (pair.includes("=") ? pair : `${pair}=`))
      .sort()
      .join("&"),
    names.map((name) => `${name}:${headers[name]!.trim()}\n`).join(""),
    names.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(Buffer.from(canonical, "latin1"))}`;
  const key = [date.slice(0, 8), region, "s3", "aws4_request"].reduce<string | Buffer>(
    (key, step) => createHmac("sha256", key).update(step).digest(),
    `AWS4${account.secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${account.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return headers;
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
