import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { errorOf, rootElement } from "./error-reply.ts";
import type { HttpReply } from "./transport.ts";

const object = { method: "GET", bucket: "photos", key: "a" };
const bucket = { method: "HEAD", bucket: "photos" };

describe("errorOf", () => {
  test("reads S3's error", () => {
    const error = errorOf(
      reply(404),
      xml(
        "<Code>NoSuchKey</Code><Message>The key &lt;a&amp;b&gt; does not exist.</Message><RequestId>0012</RequestId>",
      ),
      object,
    );
    assert.equal(error.code, "NoSuchKey");
    assert.equal(error.message, "The key <a&b> does not exist.");
    assert.equal(error.status, 404);
    assert.equal(error.requestId, "0012");
  });

  const codes = [
    { status: 404, asked: object, code: "NoSuchKey" },
    { status: 404, asked: bucket, code: "NoSuchBucket" },
    { status: 403, asked: object, code: "AccessDenied" },
    { status: 412, asked: object, code: "PreconditionFailed" },
    { status: 301, asked: bucket, code: "PermanentRedirect" },
    { status: 304, asked: object, code: "NotModified" },
    { status: 400, asked: bucket, code: "BadRequest" },
    { status: 416, asked: object, code: "InvalidRange" },
    { status: 500, asked: object, code: "InternalError" },
    { status: 502, asked: object, code: "InternalError" },
    { status: 503, asked: object, code: "ServiceUnavailable" },
    { status: 418, asked: object, code: "Http418" },
  ];
  for (const { status, asked, code } of codes) {
    test(`calls a ${status} without a body, for ${asked === object ? "a key" : "a bucket"}, ${code}`, () => {
      assert.equal(errorOf(reply(status), Buffer.alloc(0), asked).code, code);
    });
  }

  test("takes a 503 to a HEAD for SlowDown, which its body cannot say", () => {
    assert.equal(
      errorOf(reply(503), Buffer.alloc(0), { ...object, method: "HEAD" }).code,
      "SlowDown",
    );
  });

  const odd = [
    { name: "HTML", body: "<html><body><h1>502 Bad Gateway</h1></body></html>" },
    { name: "text", body: "upstream connect error" },
    { name: "XML cut short", body: "<Error><Code>Slow" },
    { name: "another document", body: "<Result><Code>NoSuchKey</Code></Result>" },
    { name: "an error without a code", body: "<Error/>" },
    { name: "bytes", body: "<\xff\xfe\0" },
  ];
  for (const { name, body } of odd) {
    test(`goes by the status when the body is ${name}`, () => {
      const error = errorOf(reply(502), Buffer.from(body, "latin1"), object);
      assert.equal(error.code, "InternalError");
      assert.match(error.message, /502/);
    });
  }

  const regions = [
    { name: "a header", headers: { "x-amz-bucket-region": "eu-west-1" }, body: "" },
    {
      name: "the body",
      headers: {},
      body: "<Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region>",
    },
    {
      name: "a host",
      headers: {},
      body: "<Code>PermanentRedirect</Code><Endpoint>photos.s3-eu-west-1.amazonaws.com</Endpoint>",
    },
    {
      name: "a host of today",
      headers: {},
      body: "<Code>TemporaryRedirect</Code><Endpoint>my.photos.s3.eu-west-1.amazonaws.com</Endpoint>",
    },
  ];
  for (const { name, headers, body } of regions) {
    test(`finds the region in ${name}`, () => {
      assert.equal(errorOf(reply(400, headers), xml(body), object).region, "eu-west-1");
    });
  }

  test("knows no region when none is named", () => {
    assert.equal(errorOf(reply(301), xml("<Endpoint>a b/c</Endpoint>"), object).region, undefined);
    assert.equal(errorOf(reply(301), Buffer.alloc(0), object).region, undefined);
  });

  test("reads Retry-After in seconds", () => {
    assert.equal(
      errorOf(reply(503, { "retry-after": "7" }), Buffer.alloc(0), object).retryAfterMs,
      7000,
    );
    assert.equal(
      errorOf(reply(503, { "retry-after": "soon" }), Buffer.alloc(0), object).retryAfterMs,
      undefined,
    );
  });
});

describe("rootElement", () => {
  const cases = [
    { text: "<Error>", root: "Error" },
    { text: "<Error/>", root: "Error" },
    { text: "<ErrorLog>", root: "ErrorLog" },
    { text: '<?xml version="1.0" encoding="UTF-8"?>\n<Error xmlns="x">', root: "Error" },
    { text: '<?xml version="1.0"?>\n   \r\n\t  <CopyObjectResult>', root: "CopyObjectResult" },
    { text: '   \n<?xml version="1.0"?><Error>', root: "Error" },
    { text: "\ufeff<Error>", root: "Error" },
    { text: "<!-- late --><s3:Error>", root: "Error" },
    { text: "", root: undefined },
    { text: "    \n  ", root: undefined },
    { text: "Error", root: undefined },
    { text: "<?xml", root: undefined },
    { text: "<", root: undefined },
  ];
  for (const { text, root } of cases) {
    test(`of ${JSON.stringify(text)} is ${root}`, () => {
      assert.equal(rootElement(Buffer.from(text)), root);
      // The same in the middle of a larger buffer.
      const padded = Buffer.from(`<a>${text}`);
      assert.equal(rootElement(padded.subarray(3)), root);
    });
  }
});

function reply(
  status: number,
  headers: Record<string, string> = {},
): Pick<HttpReply, "status" | "headers"> {
  return { status, headers };
}

function xml(inside: string): Buffer {
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<Error>${inside}</Error>`);
}
