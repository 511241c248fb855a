import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { UserError } from "../errors.ts";
import { S3Error } from "./error.ts";
import { explain } from "./explain.ts";
import { TransportError } from "./transport.ts";

const bucket = { name: "photos", endpoint: "https://s3.example.org" };
const doing = 'list "s3://photos/2024/"';

describe("an answer of S3, explained", () => {
  const answers: readonly {
    readonly code: string;
    readonly status: number;
    readonly reason: string;
    readonly why: string | RegExp;
    readonly hint?: string | RegExp;
    readonly message?: string;
    readonly requestId?: string;
    readonly region?: string;
    readonly operation?: string;
  }[] = [
    {
      code: "AccessDenied",
      status: 403,
      reason: "denied",
      why: "access denied",
      hint: "the caller needs s3:ListBucket on arn:aws:s3:::photos; see who it is: aws sts get-caller-identity",
    },
    {
      code: "AccessDenied",
      status: 403,
      operation: "GetObject",
      reason: "denied",
      why: "access denied",
      hint: /s3:GetObject on arn:aws:s3:::photos\/\*;/,
    },
    {
      code: "AccessDenied",
      status: 403,
      operation: "UploadPartCopy",
      reason: "denied",
      why: "access denied",
      hint: /s3:GetObject on the source and s3:PutObject on arn:aws:s3:::photos\/\*;/,
    },
    {
      code: "AccessDenied",
      status: 403,
      operation: "SomethingNew",
      reason: "denied",
      why: "access denied",
      hint: "see who it is: aws sts get-caller-identity",
    },
    {
      code: "NoSuchBucket",
      status: 404,
      reason: "missing",
      why: 'there is no bucket "photos"',
      hint: "see what there is at https://s3.example.org: aws s3 ls --endpoint-url https://s3.example.org",
    },
    { code: "NoSuchKey", status: 404, reason: "missing", why: "it is not there" },
    {
      code: "InvalidAccessKeyId",
      status: 403,
      reason: "denied",
      why: "the access key is not known there",
      hint: /another account/,
    },
    {
      code: "SignatureDoesNotMatch",
      status: 403,
      reason: "denied",
      why: "the signature does not match",
      hint: /secret key/,
    },
    {
      code: "ExpiredToken",
      status: 400,
      reason: "denied",
      why: "the session has ended",
      hint: /aws sso login/,
    },
    {
      code: "InvalidToken",
      status: 400,
      reason: "denied",
      why: "the session token is not valid",
      hint: /one session/,
    },
    {
      code: "RequestTimeTooSkewed",
      status: 403,
      reason: "failed",
      why: /clock/,
      hint: /set the clock/,
    },
    {
      code: "InvalidBucketName",
      status: 400,
      reason: "usage",
      why: '"photos" is not a bucket\'s name',
    },
    {
      code: "PermanentRedirect",
      status: 301,
      region: "eu-west-1",
      reason: "failed",
      why: 'the bucket "photos" is in the region eu-west-1',
      hint: /give that region/,
    },
    {
      code: "PermanentRedirect",
      status: 301,
      message: "Elsewhere",
      reason: "failed",
      why: "PermanentRedirect: Elsewhere",
    },
    {
      code: "SlowDown",
      status: 503,
      reason: "failed",
      why: "S3 keeps asking for fewer requests",
      hint: /--concurrency/,
    },
    {
      code: "InvalidObjectState",
      status: 403,
      reason: "failed",
      why: "the object is archived",
      hint: /campanile restore/,
    },
    {
      code: "Odd",
      status: 400,
      message: "Bad\u001b[31m\nthing",
      requestId: "R1",
      reason: "failed",
      why: "Odd: Bad\\u{1b}[31m\\u{a}thing (request id R1)",
    },
    {
      code: "AccountProblem",
      status: 403,
      message: "Call us",
      reason: "denied",
      why: "AccountProblem: Call us",
    },
    { code: "Http404", status: 404, message: "", reason: "missing", why: "Http404" },
  ];
  for (const { code, status, reason, why, hint, operation, message = "", ...more } of answers) {
    test(`${code} ${operation ?? ""}: ${reason}`, () => {
      const cause = new S3Error(code, message, { status, ...more });
      const error = explain(cause, doing, bucket, operation);
      assert.equal(error.reason, reason);
      assert.equal(error.cause, cause);
      matches(error.message, why, `cannot ${doing}: `);
      matches(error.hint, hint);
    });
  }
});

describe("no answer, explained", () => {
  const failures: readonly {
    readonly code: string;
    readonly inner?: string;
    readonly why: string;
    readonly hint?: RegExp;
  }[] = [
    { code: "ENOTFOUND", why: "no address is known of https://s3.example.org", hint: /endpoint/ },
    { code: "EAI_AGAIN", why: "no address is known of https://s3.example.org", hint: /network/ },
    {
      code: "ECONNREFUSED",
      why: "https://s3.example.org refuses connections",
      hint: /server runs/,
    },
    {
      code: "ETIMEDOUT",
      why: "no answer from https://s3.example.org in time (ETIMEDOUT)",
      hint: /network/,
    },
    { code: "ENETUNREACH", why: "there is no way to https://s3.example.org", hint: /network/ },
    {
      code: "SELF_SIGNED_CERT_IN_CHAIN",
      why: "the certificate of https://s3.example.org is of an authority that is not trusted here (SELF_SIGNED_CERT_IN_CHAIN)",
      hint: /AWS_CA_BUNDLE=/,
    },
    {
      code: "FAILED",
      inner: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      why: "the certificate of https://s3.example.org is of an authority that is not trusted here (UNABLE_TO_VERIFY_LEAF_SIGNATURE)",
      hint: /AWS_CA_BUNDLE=/,
    },
    {
      code: "CERT_HAS_EXPIRED",
      why: "the certificate of https://s3.example.org is no longer valid",
      hint: /clock/,
    },
    {
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
      why: "the certificate of https://s3.example.org is for another host",
      hint: /path style/,
    },
    {
      code: "EPROTO",
      why: "https://s3.example.org does not speak TLS as expected (EPROTO)",
      hint: /http:\/\//,
    },
    {
      code: "ECONNRESET",
      why: "the connection to https://s3.example.org failed: GET https://x: broke (ECONNRESET)",
    },
  ];
  for (const { code, inner, why, hint } of failures) {
    test(inner ?? code, () => {
      const below =
        inner === undefined ? undefined : Object.assign(new Error("below"), { code: inner });
      const error = explain(
        new TransportError(code, "GET https://x: broke", "sent", below),
        doing,
        bucket,
      );
      assert.equal(error.reason, "failed");
      assert.equal(error.message, `cannot ${doing}: ${why}`);
      matches(error.hint, hint);
    });
  }

  test("asks whether a server that hangs up on http speaks TLS", () => {
    const failure = new TransportError("ECONNRESET", "GET http://127.0.0.1:9: closed", "sent");
    const error = explain(failure, doing, { name: "photos", endpoint: "http://127.0.0.1:9" });
    assert.equal(error.hint, "if the server speaks TLS, give https://HOST:PORT");
  });

  test("names where the request went when it is not told", () => {
    const failure = new TransportError("ECONNREFUSED", "GET http://127.0.0.1:9: connect", "unsent");
    const error = explain(failure, doing, { name: "photos" });
    assert.equal(error.message, `cannot ${doing}: http://127.0.0.1:9 refuses connections`);
  });
});

describe("other errors", () => {
  test("for the user pass as they are", () => {
    const error = new UserError("usage", "cannot do that");
    assert.equal(explain(error, doing, bucket), error);
  });

  test("that are bugs are thrown with their stack", () => {
    const bug = new TypeError("x is not a function");
    assert.throws(
      () => explain(bug, doing, bucket),
      (error) => error === bug,
    );
  });
});

function matches(
  text: string | undefined,
  expected: string | RegExp | undefined,
  before = "",
): void {
  if (expected instanceof RegExp) assert.match(text ?? "", expected);
  else assert.equal(text, expected === undefined ? undefined : before + expected);
}
