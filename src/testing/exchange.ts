import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import type { Account, Owner } from "./account.ts";
import { authenticate } from "./auth.ts";
import type { Identity } from "./auth.ts";
import { Disconnected, readBody } from "./body.ts";
import type { Call, Reply, Settings } from "./call.ts";
import { digest } from "./checksums.ts";
import { checkExpectedOwner } from "./copy-source.ts";
import { isRefusalCode, Refusal } from "./errors.ts";
import type { Fault, FaultPlan, Struck } from "./faults.ts";
import { handlers } from "./handlers.ts";
import { readHead } from "./request.ts";
import type { RequestHead } from "./request.ts";
import type { RequestLog } from "./request-log.ts";
import { route } from "./route.ts";
import type { OperationName } from "./route.ts";
import { flipByte, hostId, refusalXml, sendReply } from "./send-reply.ts";
import { md5 } from "./store.ts";
import type { Store } from "./store.ts";
import { storeObject } from "./write-object.ts";
import { xmlDeclaration } from "./xml.ts";

/** The longest document of a request; that of 1000 deletions of the longest keys has about 6 MB. */
const maxDocumentBytes = 8 * 1024 * 1024;

/** All that is the same for every request. */
export interface Context {
  readonly settings: Settings;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly owners: ReadonlyMap<string, Owner>;
  readonly hostSuffix: string | undefined;
  readonly store: Store;
  readonly faults: FaultPlan;
  readonly requests: RequestLog;
  /** Errors of this server's own, which are answered 500. */
  readonly bugs: unknown[];
  /** Aborted when the server closes, so that no delay outlives it. */
  readonly closing: AbortSignal;
  readonly nextRequestId: () => string;
}

/** Answers one request. Never rejects. */
export async function exchange(
  context: Context,
  message: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
): Promise<void> {
  const requestId = context.nextRequestId();
  const one = new Exchange(context, message, response, expectsContinue, requestId);
  try {
    await one.run();
  } catch (error) {
    const isExpected = error instanceof Disconnected || context.closing.aborted;
    if (!isExpected) context.bugs.push(error);
    message.destroy();
  }
}

class Exchange {
  readonly #context: Context;
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #expectsContinue: boolean;
  readonly #requestId: string;
  #struck: Struck = new Map();

  constructor(
    context: Context,
    message: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
    requestId: string,
  ) {
    this.#context = context;
    this.#message = message;
    this.#response = response;
    this.#expectsContinue = expectsContinue;
    this.#requestId = requestId;
  }

  async run(): Promise<void> {
    let head: RequestHead;
    let operation: OperationName;
    try {
      head = readHead(this.#message, this.#context.hostSuffix);
      operation = route(head);
    } catch (error) {
      await this.#refuse(error);
      return;
    }
    this.#context.requests.begin(operation);
    let accessKeyId: string | undefined;
    let status = 0;
    try {
      const identity = authenticate(head, this.#context.accounts, this.#context.settings.now());
      accessKeyId = identity.account.accessKeyId;
      status = await this.#answer(head, operation, identity);
    } catch (error) {
      status = await this.#refuse(error, head, operation);
    } finally {
      const { bucketName: bucket, key } = head;
      this.#context.requests.end({ operation, bucket, key, accessKeyId, status });
    }
  }

  /** Gives the status sent; 0 when the connection ended instead. */
  async #answer(head: RequestHead, operation: OperationName, identity: Identity): Promise<number> {
    const { faults, closing } = this.#context;
    const { method, bucketName, key } = head;
    this.#checkRegion(head, operation, identity);
    const struck = faults.draw({ operation, method, bucket: bucketName, key });
    this.#struck = struck;
    const delay = struck.get("delay");
    if (delay !== undefined) await sleep(delay.delayMs ?? 0, undefined, { signal: closing });
    if (struck.has("stall")) {
      await new Promise((resolve) => {
        this.#response.once("close", resolve);
      });
      return 0;
    }
    if (struck.has("resetBefore")) return this.#reset();
    if (struck.has("slowDown")) throw new Refusal("SlowDown");
    if (struck.has("internalError")) throw new Refusal("InternalError");
    const error = struck.get("error");
    if (error !== undefined) throw refusalOf(error.code);
    const call = this.#call(head, operation, identity);
    const early = struck.get("errorInside200") ?? struck.get("early200");
    if (early !== undefined) return this.#answerEarly(call, early);
    const reply = await handlers[operation](call);
    if (struck.has("resetAfter")) return this.#reset();
    const tear = (): void => this.#tear(call);
    await sendReply(this.#response, method, this.#common(), reply, { struck, tear });
    return reply.status;
  }

  #call(head: RequestHead, operation: OperationName, identity: Identity): Call {
    const { settings, store, owners } = this.#context;
    const { bucketName, headers } = head;
    let body: ReturnType<Call["body"]> | undefined;
    const call: Call = {
      operation,
      host: head.host,
      bucketName,
      key: head.key,
      query: head.query,
      headers,
      caller: owners.get(identity.account.accessKeyId)!,
      signedRegion: identity.region,
      settings,
      store,
      get bucket() {
        const bucket = store.bucket(bucketName);
        checkExpectedOwner(bucket, headers.get("x-amz-expected-bucket-owner"));
        return bucket;
      },
      body: () => (body ??= this.#body(head, operation, identity)),
    };
    return call;
  }

  #body(head: RequestHead, operation: OperationName, identity: Identity): ReturnType<Call["body"]> {
    const isObject = operation === "PutObject" || operation === "UploadPart";
    const isFlipped = isObject && this.#struck.has("flipBody");
    return readBody(this.#message, {
      headers: head.headers,
      identity,
      maxBytes: isObject ? this.#context.settings.maxPutBytes : maxDocumentBytes,
      hasChecksum: operation !== "CompleteMultipartUpload",
      onStart: () => {
        if (this.#expectsContinue) this.#response.writeContinue();
      },
      damage: isFlipped ? flipByte : undefined,
    });
  }

  /** A 200 that says nothing yet, then white space, then how the operation really ended. */
  async #answerEarly(call: Call, fault: Fault): Promise<number> {
    const response = this.#response;
    response.writeHead(200, { ...this.#common(), "content-type": "application/xml" });
    response.write(`${xmlDeclaration}   `);
    await sleep(fault.delayMs ?? 1, undefined, { signal: this.#context.closing });
    response.write("   ");
    let xml: string;
    try {
      const isCarriedOut = fault.kind === "early200" || fault.withEffect === true;
      const reply: Reply | undefined = isCarriedOut
        ? await handlers[call.operation](call)
        : undefined;
      if (fault.kind === "errorInside200") throw refusalOf(fault.code);
      xml = typeof reply?.body === "string" ? reply.body : "";
    } catch (error) {
      xml = this.#refusalXml(this.#asRefusal(error));
    }
    if (this.#struck.has("resetAfter")) return this.#reset();
    response.end(xml.slice(xmlDeclaration.length));
    return 200;
  }

  async #refuse(error: unknown, head?: RequestHead, operation?: OperationName): Promise<number> {
    const refusal = this.#asRefusal(error);
    const headers: Record<string, string> = {
      "content-type": "application/xml",
      ...this.#common(),
      ...refusal.headers,
    };
    // HeadBucket names the region to everybody, even to who did not sign: so clients find it.
    const region = this.#context.store.buckets.get(head?.bucketName ?? "")?.region;
    if (operation === "HeadBucket" && region !== undefined) {
      headers["x-amz-bucket-region"] = region;
    }
    // A client that was not told to go on may send its body all the same: only a new connection is
    // in a known state.
    if (this.#expectsContinue && !this.#message.complete) headers["connection"] = "close";
    const reply = { status: refusal.status, headers, body: this.#refusalXml(refusal) };
    const faults = { struck: new Map(), tear: () => undefined };
    await sendReply(this.#response, head?.method ?? this.#message.method ?? "", {}, reply, faults);
    return refusal.status;
  }

  #asRefusal(error: unknown): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof Disconnected || this.#context.closing.aborted) throw error;
    this.#context.bugs.push(error);
    return new Refusal("InternalError", { message: `A bug of this server: ${String(error)}` });
  }

  #refusalXml(refusal: Refusal): string {
    const [path] = (this.#message.url ?? "").split("?", 1);
    return refusalXml(refusal, this.#requestId, path ?? "");
  }

  #common(): Record<string, string> {
    return {
      "x-amz-id-2": hostId,
      "x-amz-request-id": this.#requestId,
      date: this.#context.settings.now().toUTCString(),
      server: "AmazonS3",
    };
  }

  #reset(): number {
    this.#message.socket.resetAndDestroy();
    return 0;
  }

  /**
   * A signature must be for the bucket's region. The exceptions are the two operations by which a
   * client finds its way: CreateBucket, which names the region itself, and GetBucketLocation, which
   * the first region's endpoint answers for all.
   */
  #checkRegion(head: RequestHead, operation: OperationName, { region }: Identity): void {
    const { settings, store } = this.#context;
    if (operation === "CreateBucket") return;
    if (operation === "GetBucketLocation" && region === settings.region) return;
    const expected = store.buckets.get(head.bucketName)?.region ?? settings.region;
    if (region === expected) return;
    throw new Refusal("AuthorizationHeaderMalformed", {
      message: `The authorization header is malformed; the region '${region}' is wrong; expecting '${expected}'`,
      details: { Region: expected },
      headers: { "x-amz-bucket-region": expected },
    });
  }

  /** Overwrites an object that is being read. */
  #tear({ bucket, key, settings, store }: Call): void {
    const object = store.object(bucket.name, key);
    if (object === undefined) return;
    const { replacement } = this.#struck.get("tornRead") ?? {};
    const bytes = replacement === undefined ? inverted(object.data) : Buffer.from(replacement);
    storeObject(bucket, key, settings.now(), {
      description: object,
      data: [bytes],
      etag: md5([bytes]).toString("hex"),
      parts: undefined,
      checksum: {
        algorithm: "CRC64NVME",
        type: "FULL_OBJECT",
        value: digest("CRC64NVME", [bytes]).toString("base64"),
      },
      checksumWasAsked: false,
    });
  }
}

function inverted(data: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(data);
  for (let index = 0; index < bytes.length; index++) bytes[index] = bytes[index]! ^ 0xff;
  return bytes;
}

function refusalOf(code: string | undefined): Refusal {
  return new Refusal(code !== undefined && isRefusalCode(code) ? code : "InternalError");
}
