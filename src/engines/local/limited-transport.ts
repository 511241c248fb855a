import type { HttpReply, HttpRequest, Transport } from "../../s3/transport.ts";
import type { SharedRate } from "./shared-rate.ts";

/** What requests are held to; what is left out is not limited. */
export interface TransportLimits {
  readonly requests?: SharedRate | undefined;
  /** Bytes that are read of bodies of objects. */
  readonly bytes?: SharedRate | undefined;
}

/** A transport that sends requests, tries among them, and reads bodies no faster than is allowed. */
export function limitedTransport(
  transport: Transport,
  { requests, bytes }: TransportLimits,
): Transport {
  return {
    async send(request) {
      const turn = requests?.take(1, request.signal);
      if (turn !== undefined) await turn;
      const reply = await transport.send(request);
      return bytes === undefined || !isObject(request)
        ? reply
        : limitedReply(reply, bytes, request);
    },
    close: () => transport.close(),
  };
}

/** Whether a reply has the bytes of an object: all other GETs have a query, but for those of a version and of a part. */
function isObject({ method, path }: HttpRequest): boolean {
  const query = path.indexOf("?");
  return method === "GET" && (query < 0 || /^\?(?:versionId|partNumber)=/.test(path.slice(query)));
}

function limitedReply(reply: HttpReply, bytes: SharedRate, { signal }: HttpRequest): HttpReply {
  return {
    status: reply.status,
    headers: reply.headers,
    async bytes(maxBytes) {
      const body = await reply.bytes(maxBytes);
      await bytes.take(body.length, signal);
      return body;
    },
    async *stream() {
      for await (const chunk of reply.stream()) {
        await bytes.take(chunk.length, signal);
        yield chunk;
      }
    },
    discard: () => reply.discard(),
  };
}
