import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { VirtualClock } from "../../test/support/virtual-clock.ts";
import { parseEndpoint } from "./address.ts";
import type { S3Request } from "./client.ts";
import { createS3Client, type S3ClientOptions } from "./create-client.ts";
import { S3Error } from "./error.ts";
import { type HttpReply, type HttpRequest, TransportError } from "./transport.ts";

const get: S3Request = { operation: "GetObject", method: "GET", bucket: "photos", key: "a b" };
const head: S3Request = { operation: "HeadObject", method: "HEAD", bucket: "photos", key: "a" };
const copy: S3Request = { operation: "CopyObject", method: "PUT", bucket: "photos", key: "a" };
const create: S3Request = {
  operation: "CreateMultipartUpload",
  method: "POST",
  bucket: "photos",
  key: "a",
  query: { uploads: "" },
  idempotent: false,
};

const ok = { status: 200, body: "fine" };
const slowDown = { status: 503, body: "<Error><Code>SlowDown</Code></Error>" };
const internal = { status: 500, body: "<Error><Code>InternalError</Code></Error>" };
const lost = new TransportError("ECONNRESET", "reset", "sent");
const unsent = new TransportError("ECONNREFUSED", "refused", "unsent");

describe("S3Client", () => {
  test("sends what was asked, signed, to where the bucket is", async () => {
    const { s3, sent } = client([ok]);
    await s3.send({
      ...get,
      query: { partNumber: "2", versionId: undefined },
      headers: { range: "bytes=0-1", "if-match": undefined },
    });
    const [request] = sent;
    assert.equal(request!.origin, "http://127.0.0.1:9000");
    assert.equal(request!.path, "/photos/a%20b?partNumber=2");
    assert.deepEqual(Object.keys(request!.headers).sort(), [
      "authorization",
      "host",
      "range",
      "x-amz-content-sha256",
      "x-amz-date",
    ]);
    assert.match(
      request!.headers["authorization"]!,
      /Credential=id\/20260101\/us-east-1\/s3\/aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, /,
    );
  });

  describe("signs and announces a body", () => {
    const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    const none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const https = parseEndpoint("https://127.0.0.1:9000");
    const cases = [
      { name: "of bytes by its hash", body: Buffer.from("hello"), length: "5", hash: hello },
      {
        name: "of many bytes by its hash over http",
        body: Buffer.alloc(1 << 20),
        length: "1048576",
        hash: "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58",
      },
      {
        name: "of many bytes not by its hash over https",
        endpoint: https,
        body: Buffer.alloc(1 << 20),
        length: "1048576",
        hash: "UNSIGNED-PAYLOAD",
      },
      {
        name: "of few bytes by its hash over https",
        endpoint: https,
        body: Buffer.from("hello"),
        length: "5",
        hash: hello,
      },
      {
        name: "whose MD5 is sent by that",
        body: Buffer.from("hello"),
        md5: "XUFAKrxLKna5cZ2REBfFkg==",
        length: "5",
        hash: "UNSIGNED-PAYLOAD",
      },
      {
        name: "that streams by its length",
        body: () => chunksOf("hello"),
        bodyLength: 5,
        length: "5",
        hash: "UNSIGNED-PAYLOAD",
      },
      { name: "that is not there", body: undefined, length: "0", hash: none },
    ];
    for (const { name, endpoint, body, bodyLength, md5, length, hash } of cases) {
      test(name, async () => {
        const { s3, sent } = client([ok], endpoint === undefined ? {} : { endpoint });
        await s3.send({
          operation: "PutObject",
          method: "PUT",
          bucket: "photos",
          key: "a",
          body,
          bodyLength,
          headers: { "content-md5": md5 },
        });
        assert.equal(sent[0]!.headers["content-length"], length);
        assert.equal(sent[0]!.headers["x-amz-content-sha256"], hash);
      });
    }
  });

  test("makes a streamed body anew for each try", async () => {
    const bodies: string[] = [];
    const { s3 } = client([lost, internal, ok], {}, async (request) => {
      bodies.push(await textOf(request.body as AsyncIterable<Uint8Array>));
    });
    await s3.send({
      operation: "PutObject",
      method: "PUT",
      bucket: "b",
      key: "a",
      body: () => chunksOf("he", "llo"),
      bodyLength: 5,
    });
    assert.deepEqual(bodies, ["hello", "hello", "hello"]);
  });

  describe("waits for an answer", () => {
    const minute = 60_000;
    const cases = [
      { request: get, headMs: minute / 2, idleMs: minute / 2 },
      { request: copy, headMs: 10 * minute, idleMs: 10 * minute },
      {
        request: { ...copy, operation: "UploadPartCopy" },
        headMs: 10 * minute,
        idleMs: 10 * minute,
      },
      {
        request: { ...create, operation: "CompleteMultipartUpload", body: Buffer.from("<x/>") },
        headMs: 10 * minute,
        idleMs: 10 * minute,
      },
      {
        request: { ...copy, operation: "PutObject", body: () => chunksOf(), bodyLength: 0 },
        headMs: 2 * minute,
        idleMs: minute / 2,
      },
    ];
    for (const { request, headMs, idleMs } of cases) {
      test(`of ${request.operation} for ${headMs / 1000} seconds`, async () => {
        const { s3, sent } = client([ok]);
        await s3.send(request);
        assert.equal(sent[0]!.headTimeoutMs, headMs);
        assert.equal(sent[0]!.idleTimeoutMs, idleMs);
      });
    }
  });

  test("retries what may pass, and tells of requests, retries and throttling", async () => {
    const told: string[] = [];
    const { s3, sent } = client([lost, internal, slowDown, ok], {
      onRequest: (operation) => told.push(operation),
      onRetry: (operation, error) => told.push(`${operation} again: ${(error as Error).message}`),
      onThrottle: (kind, bucket) => told.push(`${kind} ${bucket} slower`),
    });
    const { bytes } = await s3.fetch(get);
    assert.equal(bytes.toString(), "fine");
    assert.deepEqual(told, [
      "GetObject",
      "GetObject again: reset",
      "GetObject",
      "GetObject again: the server answered 500",
      "GetObject",
      "read photos slower",
      "GetObject again: the server answered 503",
      "GetObject",
    ]);
    // After a failure of a connection or a machine another connection; after a refusal the same.
    assert.deepEqual(
      sent.map(({ fresh }) => fresh ?? false),
      [false, true, true, false],
    );
  });

  test("gives up after ten tries with the last failure", async () => {
    const { s3, sent } = client([internal, ...Array.from({ length: 8 }, () => lost), slowDown, ok]);
    await assert.rejects(s3.send(get), { code: "SlowDown" });
    assert.equal(sent.length, 10);
  });

  test("gives up after three tries when the endpoint has never answered", async () => {
    const { s3, sent } = client([unsent]);
    await assert.rejects(s3.send(get), { code: unsent.code });
    assert.equal(sent.length, 3);
  });

  test("does not fail a thousand records while the server is away for a minute", async () => {
    const clock = new VirtualClock();
    const back = clock.now() + 60_000;
    const { s3, sent } = client([ok], { clock }, () => {
      if (sent.length > 1 && clock.now() < back) {
        throw new TransportError("ECONNREFUSED", "refused", "unsent");
      }
    });
    await s3.send(get);
    let next = 0;
    let failed = 0;
    const worker = async (): Promise<void> => {
      while (next++ < 1000) await s3.send(get).catch(() => failed++);
    };
    await clock.finish(Promise.all(Array.from({ length: 64 }, worker)));
    assert.equal(failed, 0);
    assert.ok(clock.now() < back + 20_000, "and is back at work soon after");
    assert.ok(sent.length < 2000, `${sent.length} requests`);
  });

  const answers = [
    {
      name: "a missing key",
      reply: { status: 404, body: "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>" },
      code: "NoSuchKey",
    },
    {
      name: "a refusal",
      reply: { status: 403, body: "<Error><Code>AccessDenied</Code></Error>" },
      code: "AccessDenied",
    },
    { name: "a condition not met", reply: { status: 412, body: "" }, code: "PreconditionFailed" },
    { name: "HTML", reply: { status: 400, body: "<html>no</html>" }, code: "BadRequest" },
  ];
  for (const { name, reply, code } of answers) {
    test(`takes ${name} for an answer, at once`, async () => {
      const { s3, sent } = client([reply]);
      await assert.rejects(s3.send(get), { name: "S3Error", code, status: reply.status });
      assert.equal(sent.length, 1);
    });
  }

  test("gives a reply with a status that was accepted", async () => {
    const { s3 } = client([{ status: 304, body: "" }]);
    assert.equal((await s3.send({ ...get, accept: [304] })).status, 304);
  });

  test("asks again for a body that breaks off, and once more", async () => {
    const cut = new TransportError("BODY_CUT_SHORT", "cut", "body");
    const { s3, sent } = client([{ status: 200, body: cut }, { status: 200, body: cut }, ok]);
    assert.equal((await s3.fetch(get)).bytes.toString(), "fine");
    assert.equal(sent.length, 3);
  });

  test("goes by the status of an error whose body breaks off", async () => {
    const { s3 } = client([{ status: 404, body: lost }]);
    await assert.rejects(s3.send(get), { name: "S3Error", code: "NoSuchKey" });
  });

  describe("finds an error inside a 200", () => {
    const error =
      '<?xml version="1.0" encoding="UTF-8"?>\n \n  \n<Error><Code>InternalError</Code><Message>We failed</Message></Error>';
    const result = '  \n <?xml version="1.0"?><CopyObjectResult/>';
    for (const operation of ["CopyObject", "UploadPartCopy", "CompleteMultipartUpload"]) {
      test(`of ${operation}, and tries again`, async () => {
        const { s3, sent } = client([
          { status: 200, body: error },
          { status: 200, body: "   " },
          { status: 200, body: result },
        ]);
        assert.equal((await s3.fetch({ ...copy, operation })).bytes.toString(), result);
        assert.equal(sent.length, 3);
      });

      test(`of ${operation}, and throws it when it will not pass`, async () => {
        const { s3 } = client([
          { status: 200, body: error.replace("InternalError", "InvalidPart") },
        ]);
        await assert.rejects(s3.fetch({ ...copy, operation }), {
          name: "S3Error",
          code: "InvalidPart",
          status: 200,
        });
      });
    }

    test("and slows down for one that says so", async () => {
      const throttles: string[] = [];
      const { s3 } = client(
        [
          { status: 200, body: error.replace("InternalError", "SlowDown") },
          { status: 200, body: result },
        ],
        {
          onThrottle: (kind, bucket) => throttles.push(`${kind} ${bucket}`),
        },
      );
      await s3.fetch(copy);
      assert.deepEqual(throttles, ["write photos"]);
    });

    test("but not in an object that looks like one", async () => {
      const { s3 } = client([{ status: 200, body: error }]);
      assert.equal((await s3.fetch(get)).bytes.toString(), error);
    });
  });

  describe("does not repeat what is not idempotent", () => {
    const cases = [
      { name: "unless nothing was sent", first: unsent, tries: 2 },
      { name: "when the answer was lost", first: lost, tries: 1 },
      { name: "when the server failed", first: internal, tries: 1 },
      { name: "unless it was refused for the rate", first: slowDown, tries: 2 },
    ];
    for (const { name, first, tries } of cases) {
      test(name, async () => {
        const { s3, sent } = client([first, ok]);
        const sending = s3.send(create);
        if (tries === 1) await assert.rejects(sending);
        else await sending;
        assert.equal(sent.length, tries);
      });
    }

    test("when the answer's body was lost", async () => {
      const { s3, sent } = client([{ status: 200, body: lost }, ok]);
      await assert.rejects(s3.fetch(create), { code: "ECONNRESET" });
      assert.equal(sent.length, 1);
    });
  });

  describe("retrying", () => {
    test("repeats the whole work, and each request in it is tried once", async () => {
      const { s3, sent } = client([ok, lost, ok, internal, ok, ok]);
      const attempts: number[] = [];
      const result = await s3.retrying(async (attempt, options) => {
        attempts.push(attempt);
        await s3.send(get, options);
        await s3.send(copy, options);
        return "done";
      });
      assert.equal(result, "done");
      assert.deepEqual(attempts, [1, 2, 3]);
      assert.equal(sent.length, 6);
      assert.deepEqual(
        sent.map(({ fresh }) => fresh ?? false),
        [false, false, true, true, true, true],
      );
    });

    test("ends with what will not pass", async () => {
      const { s3, sent } = client([{ status: 404, body: "" }]);
      await assert.rejects(
        s3.retrying((_, options) => s3.send(get, options)),
        S3Error,
      );
      const bug = new Error("a bug");
      await assert.rejects(
        s3.retrying(() => Promise.reject(bug)),
        (error) => error === bug,
      );
      assert.equal(sent.length, 1);
    });

    test("ends after ten tries, not a hundred", async () => {
      const { s3, sent } = client([internal]);
      await assert.rejects(
        s3.retrying((_, options) => s3.send(get, options)),
        S3Error,
      );
      assert.equal(sent.length, 10);
    });
  });

  describe("learns a bucket's region", () => {
    const cases = [
      {
        name: "from a malformed authorization",
        request: get,
        reply: {
          status: 400,
          body: "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>",
        },
      },
      {
        name: "from a redirect",
        request: get,
        reply: {
          status: 301,
          body: "<Error><Code>PermanentRedirect</Code><Endpoint>photos.s3-eu-west-1.amazonaws.com</Endpoint></Error>",
        },
      },
      {
        name: "from a redirect of a HEAD",
        request: head,
        reply: { status: 301, body: "", headers: { "x-amz-bucket-region": "eu-west-1" } },
      },
      {
        name: "from a refused HEAD",
        request: head,
        reply: { status: 400, body: "", headers: { "x-amz-bucket-region": "eu-west-1" } },
      },
    ];
    for (const { name, request, reply } of cases) {
      test(name, async () => {
        const endpoint = parseEndpoint("s3.us-east-1.amazonaws.com");
        const { s3, sent } = client([reply, ok, ok, ok], { endpoint });
        await s3.send(request);
        await s3.send(get);
        await s3.send({ ...get, bucket: "other" });
        assert.deepEqual(
          sent.map(({ origin, headers }) => `${origin} ${headers["authorization"]!.split("/")[2]}`),
          [
            "https://photos.s3.us-east-1.amazonaws.com us-east-1",
            "https://photos.s3.eu-west-1.amazonaws.com eu-west-1",
            "https://photos.s3.eu-west-1.amazonaws.com eu-west-1",
            "https://other.s3.us-east-1.amazonaws.com us-east-1",
          ],
        );
      });
    }

    test("and stays with a server that is not AWS", async () => {
      const { s3, sent } = client([cases[0]!.reply, ok]);
      await s3.send(get);
      assert.deepEqual(
        sent.map(({ origin }) => origin),
        ["http://127.0.0.1:9000", "http://127.0.0.1:9000"],
      );
      assert.match(sent[1]!.headers["authorization"]!, /eu-west-1/);
    });

    test("once: a server that sends in circles gets no more", async () => {
      const { s3, sent } = client([cases[1]!.reply], {
        endpoint: parseEndpoint("s3.amazonaws.com"),
      });
      await assert.rejects(s3.send(get), { code: "PermanentRedirect" });
      assert.equal(sent.length, 2);
    });

    test("and does not ask again for a region it has", async () => {
      const { s3, sent } = client([
        {
          status: 400,
          body: "<Error><Code>InvalidRequest</Code><Region>us-east-1</Region></Error>",
        },
      ]);
      await assert.rejects(s3.send(get), { code: "InvalidRequest" });
      assert.equal(sent.length, 1);
    });
  });

  describe("puts its clock right", () => {
    const date = "Thu, 01 Jan 2026 05:00:00 GMT";
    const cases = [
      {
        name: "when the server says it is off",
        request: get,
        reply: {
          status: 403,
          body: "<Error><Code>RequestTimeTooSkewed</Code></Error>",
          headers: { date },
        },
      },
      {
        name: "when a HEAD is refused and the date is far off",
        request: head,
        reply: { status: 403, body: "", headers: { date } },
      },
    ];
    for (const { name, request, reply } of cases) {
      test(name, async () => {
        const { s3, sent } = client([reply, ok, ok]);
        await s3.send(request);
        await s3.send(get);
        assert.deepEqual(
          sent.map(({ headers }) => headers["x-amz-date"]),
          ["20260101T000000Z", "20260101T050000Z", "20260101T050000Z"],
        );
      });
    }

    test("not for a HEAD that is refused at the right time", async () => {
      const { s3, sent } = client([
        { status: 403, body: "", headers: { date: "Thu, 01 Jan 2026 00:00:01 GMT" } },
      ]);
      await assert.rejects(s3.send(head), { code: "AccessDenied" });
      assert.equal(sent.length, 1);
    });
  });

  describe("asks for new credentials", () => {
    const expired = { status: 400, body: "<Error><Code>ExpiredToken</Code></Error>" };

    test("when the server says they have expired", async () => {
      const { s3, sent } = client([expired, ok], { credentials: numbered() });
      await s3.send(get);
      assert.deepEqual(
        sent.map(({ headers }) => headers["x-amz-security-token"]),
        ["token1", "token2"],
      );
    });

    test("when a HEAD of a session is refused without a word", async () => {
      const { s3, sent } = client([{ status: 400, body: "" }, ok], { credentials: numbered() });
      await s3.send(head);
      assert.deepEqual(
        sent.map(({ headers }) => headers["x-amz-security-token"]),
        ["token1", "token2"],
      );
    });

    test("once, and then fails", async () => {
      const { s3, sent } = client([expired], { credentials: numbered() });
      await assert.rejects(s3.send(get), { code: "ExpiredToken" });
      assert.equal(sent.length, 2);
    });

    test("and fails with the error of who gives them", async () => {
      const failure = new Error("no such profile");
      const { s3, sent } = client([ok], { credentials: () => Promise.reject(failure) });
      await assert.rejects(s3.send(get), (error) => error === failure);
      assert.equal(sent.length, 0);
    });
  });

  describe("ends with the signal's reason", () => {
    const reason = new Error("enough");

    test("while it waits for a retry", async () => {
      const controller = new AbortController();
      const clock = new VirtualClock();
      const { s3, sent } = client([lost], {
        clock,
        onRetry: () => setImmediate(() => controller.abort(reason)),
      });
      await assert.rejects(
        s3.send(get, { signal: controller.signal }),
        (error) => error === reason,
      );
      assert.equal(sent.length, 1);
    });

    test("instead of a retry", async () => {
      const controller = new AbortController();
      const { s3, sent } = client([lost], {}, () => controller.abort(reason));
      await assert.rejects(
        s3.send(get, { signal: controller.signal }),
        (error) => error === reason,
      );
      assert.equal(sent.length, 1);
    });

    test("while it waits for its turn", async () => {
      const controller = new AbortController();
      const { signal } = controller;
      // Time stands still: the first waits for its retry, the second goes, and the third has to wait.
      const throttled = Promise.withResolvers<void>();
      const { s3, sent } = client([slowDown, ok], {
        clock: new VirtualClock(),
        onThrottle: () => throttled.resolve(),
      });
      const first = s3.send(get, { signal });
      await throttled.promise;
      const sending = [first, s3.send(get, { signal }), s3.send(get, { signal })];
      setImmediate(() => controller.abort(reason));
      const results = await Promise.allSettled(sending);
      assert.deepEqual(
        results.map((result) => (result.status === "rejected" ? result.reason : "sent")),
        [reason, "sent", reason],
      );
      assert.equal(sent.length, 2);
    });
  });

  test("closes its transport", async () => {
    const { s3, closed } = client([ok]);
    await s3.close();
    assert.ok(closed());
  });
});

interface Reply {
  readonly status: number;
  readonly body: string | Error;
  readonly headers?: Record<string, string> | undefined;
}

/** A client whose server answers with these replies, the last one for ever, and whose time is virtual and passes by itself. */
function client(
  replies: readonly (Reply | TransportError)[],
  options: Partial<S3ClientOptions> = {},
  onSend: (request: HttpRequest) => unknown = () => {},
): { s3: ReturnType<typeof createS3Client>; sent: HttpRequest[]; closed: () => boolean } {
  const sent: HttpRequest[] = [];
  let closed = false;
  const time = new VirtualClock();
  const s3 = createS3Client({
    transport: {
      async send(request) {
        const nth = sent.push(request);
        await onSend(request);
        const reply = replies[Math.min(nth, replies.length) - 1]!;
        // A new one each time, as a transport makes them.
        if (reply instanceof TransportError) {
          throw new TransportError(reply.code, reply.message, reply.stage);
        }
        return httpReply(reply);
      },
      close() {
        closed = true;
        return Promise.resolve();
      },
    },
    endpoint: parseEndpoint("http://127.0.0.1:9000"),
    region: "us-east-1",
    credentials: () => Promise.resolve({ accessKeyId: "id", secretAccessKey: "secret" }),
    clock: { now: () => time.now(), sleep: (ms, signal) => time.finish(time.sleep(ms, signal)) },
    random: () => 0.5,
    ...options,
  });
  return { s3, sent, closed: () => closed };
}

function httpReply({ status, body, headers = {} }: Reply): HttpReply {
  return {
    status,
    headers,
    bytes: () =>
      body instanceof Error ? Promise.reject(body) : Promise.resolve(Buffer.from(body)),
    stream: () => chunksOf(String(body)),
    discard() {},
  };
}

/** Gives other session credentials each time. */
function numbered(): S3ClientOptions["credentials"] {
  let count = 0;
  return () => {
    count++;
    return Promise.resolve({
      accessKeyId: "id",
      secretAccessKey: "secret",
      sessionToken: `token${count}`,
    });
  };
}

async function* chunksOf(...chunks: string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += Buffer.from(chunk).toString();
  return text;
}
