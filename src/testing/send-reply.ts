import type { ServerResponse } from "node:http";

import { slice } from "./byte-range.ts";
import type { Reply } from "./call.ts";
import type { Refusal } from "./errors.ts";
import type { Struck } from "./faults.ts";
import { writeXml } from "./xml.ts";

/** Headers that every reply has. */
export type CommonHeaders = Readonly<Record<string, string>>;

/** What can go wrong while a body is sent. */
export interface SendFaults {
  readonly struck: Struck;
  /** Puts another object at the key that is being read. */
  readonly tear: () => void;
}

/** The document of a refusal. */
export function refusalXml(refusal: Refusal, requestId: string, resource: string): string {
  return writeXml(
    "Error",
    {
      Code: refusal.code,
      Message: refusal.message,
      ...refusal.details,
      Resource: resource,
      RequestId: requestId,
      HostId: hostId,
    },
    { plain: true },
  );
}

/** The second id of every reply; the same here for all. */
export const hostId = "Campanile/in-process/S3";

/** Sends a reply, as far as the faults let it. */
export async function sendReply(
  response: ServerResponse,
  method: string,
  common: CommonHeaders,
  reply: Reply,
  faults: SendFaults,
): Promise<void> {
  const headers: Record<string, string> = { ...common, ...reply.headers };
  const pieces = typeof reply.body === "string" ? [Buffer.from(reply.body)] : (reply.body ?? []);
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const hasNoBody = reply.status === 204 || reply.status === 304;
  if (method === "HEAD" || hasNoBody) {
    response.writeHead(reply.status, headers);
    response.end();
    return;
  }
  headers["content-length"] = String(size);
  response.writeHead(reply.status, headers);
  const broken = faults.struck.get("cutBody") ?? faults.struck.get("stallBody");
  const torn = faults.struck.get("tornRead");
  const flipped = faults.struck.has("flipBody") ? flip(pieces, size) : pieces;
  if ((broken === undefined && torn === undefined) || size === 0) {
    for (const piece of flipped) response.write(piece);
    response.end();
    return;
  }
  const at = Math.min((broken ?? torn)?.afterBytes ?? Math.floor(size / 2), size - 1);
  // The head goes out even where not a byte of the body does.
  response.flushHeaders();
  await write(response, at === 0 ? [] : slice(flipped, { first: 0, last: at - 1 }));
  if (torn !== undefined) faults.tear();
  if (faults.struck.has("cutBody")) {
    response.destroy();
    return;
  }
  if (broken !== undefined) return;
  await write(response, slice(flipped, { first: at, last: size - 1 }));
  response.end();
}

/**
 * Writes and waits until the bytes have left for the socket. A client that is gone ends the wait
 * too.
 */
async function write(response: ServerResponse, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise<void>((resolve) => {
      response.write(piece, () => resolve());
    });
  }
}

function flip(pieces: readonly Buffer[], size: number): readonly Buffer[] {
  if (size === 0) return pieces;
  const bytes = Buffer.concat(pieces);
  flipByte(bytes);
  return [bytes];
}

/** Changes the byte in the middle. */
export function flipByte(bytes: Buffer): void {
  const middle = bytes.length >> 1;
  if (bytes.length > 0) bytes[middle] = bytes[middle]! ^ 0xff;
}
