import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { S3Error } from "./error.ts";
import { defaultRetryOptions, isThrottling, mayPass, Retries } from "./retry.ts";
import { TransportError } from "./transport.ts";

const lost = new TransportError("ECONNRESET", "reset", "sent");
const unsent = new TransportError("ECONNREFUSED", "refused", "unsent");

describe("mayPass", () => {
  const cases = [
    { error: lost, passes: true },
    { error: new TransportError("BODY_CUT_SHORT", "", "body"), passes: true },
    { error: new TransportError("ETIMEDOUT", "", "unsent"), passes: true },
    { error: new TransportError("EPIPE", "", "sent"), passes: true },
    { error: new TransportError("CERT_HAS_EXPIRED", "", "unsent"), passes: false },
    { error: new TransportError("DEPTH_ZERO_SELF_SIGNED_CERT", "", "unsent"), passes: false },
    { error: new TransportError("SELF_SIGNED_CERT_IN_CHAIN", "", "unsent"), passes: false },
    { error: new TransportError("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "", "unsent"), passes: false },
    { error: new TransportError("ERR_TLS_CERT_ALTNAME_INVALID", "", "unsent"), passes: false },
    { error: new TransportError("INVALID_REQUEST", "", "unsent"), passes: false },
    { error: new TransportError("BODY_TOO_LONG", "", "body"), passes: false },
    { error: new TransportError("BODY_LENGTH", "", "sent"), passes: false },
    { error: new TransportError("CLOSED", "", "unsent"), passes: false },
    { error: s3("InternalError", 500), passes: true },
    { error: s3("InternalError", 200), passes: true },
    { error: s3("BadGateway", 502), passes: true },
    { error: s3("SlowDown", 503), passes: true },
    { error: s3("SlowDown", 200), passes: true },
    { error: s3("GatewayTimeout", 504), passes: true },
    { error: s3("TooManyRequests", 429), passes: true },
    { error: s3("RequestTimeout", 400), passes: true },
    { error: s3("OperationAborted", 409), passes: true },
    { error: s3("ConditionalRequestConflict", 409), passes: true },
    {
      error: s3("ConditionalRequestConflict", 409),
      operation: "CompleteMultipartUpload",
      passes: false,
    },
    { error: s3("GlacierExpeditedRetrievalNotAvailable", 503), passes: false },
    { error: s3("NotImplemented", 501), passes: false },
    { error: s3("PreconditionFailed", 412), passes: false },
    { error: s3("NoSuchKey", 404), passes: false },
    { error: s3("AccessDenied", 403), passes: false },
    { error: s3("InvalidRequest", 400), passes: false },
    { error: s3("NotModified", 304), passes: false },
    { error: new Error("a bug"), passes: false },
    { error: new DOMException("", "AbortError"), passes: false },
  ];
  for (const { error, operation, passes } of cases) {
    const what = "code" in error ? `${error.code} ${(error as S3Error).status ?? ""}` : error.name;
    test(`${passes ? "retries" : "does not retry"} ${what} ${operation ?? ""}`, () => {
      assert.equal(mayPass(error, operation), passes);
    });
  }
});

describe("Retries", () => {
  test("waits up to a bound that doubles, from a tenth of a second to twenty", () => {
    const retries = new Retries({ ...defaultRetryOptions, budget: 1000 }, () => 1);
    retries.noteAnswer();
    const delays = Array.from({ length: 9 }, (_, index) => retries.delay(lost, index + 1, {}));
    assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000]);
  });

  test("spreads retries over all of the time up to the bound", () => {
    let chance = 0;
    const retries = new Retries(defaultRetryOptions, () => chance);
    retries.noteAnswer();
    assert.equal(retries.delay(lost, 4, {}), 0);
    chance = 0.5;
    assert.equal(retries.delay(lost, 4, {}), 400);
  });

  test("ends after ten tries, or after fewer when told", () => {
    const retries = answered();
    assert.notEqual(retries.delay(lost, 9, {}), undefined);
    assert.equal(retries.delay(lost, 10, {}), undefined);
    assert.equal(retries.delay(lost, 1, { attempts: 1 }), undefined);
    assert.equal(retries.delay(lost, 10, { attempts: 20 }), undefined);
  });

  test("waits as long as the server asks, within a minute", () => {
    const retries = answered();
    assert.equal(retries.delay(s3("SlowDown", 503, 7000), 1, {}), 7000);
    assert.equal(retries.delay(s3("SlowDown", 503, 86_400_000), 1, {}), 60_000);
  });

  describe("repeats a request that is not idempotent", () => {
    const cases = [
      { name: "when nothing of it was sent", error: unsent, again: true },
      { name: "not when its answer was lost", error: lost, again: false },
      {
        name: "not when its answer was cut short",
        error: new TransportError("X", "", "body"),
        again: false,
      },
      { name: "when it was refused for the rate", error: s3("SlowDown", 503), again: true },
      { name: "when it was refused as too slow", error: s3("RequestTimeout", 400), again: true },
      { name: "not when the server failed", error: s3("InternalError", 500), again: false },
      {
        name: "not when something in between failed",
        error: s3("ServiceUnavailable", 503),
        again: false,
      },
    ];
    for (const { name, error, again } of cases) {
      test(name, () => {
        assert.equal(answered().delay(error, 1, { idempotent: false }) !== undefined, again);
        assert.notEqual(answered().delay(error, 1, {}), undefined, "as an idempotent one it is");
      });
    }
  });

  describe("while the endpoint has never answered", () => {
    test("gives up after three tries, within a second", () => {
      const retries = new Retries(defaultRetryOptions, () => 1);
      const error = failed(retries, "ECONNREFUSED");
      const delays = [1, 2, 3].map((attempt) => retries.delay(error, attempt, {}));
      assert.deepEqual(delays, [100, 200, undefined]);
    });

    for (const code of ["ENOTFOUND", "ETIMEDOUT"]) {
      test(`gives up at once when there is no way to it (${code})`, () => {
        const retries = new Retries(defaultRetryOptions, () => 1);
        assert.equal(retries.delay(failed(retries, code), 1, {}), undefined);
        // Once it was there, it may come back.
        retries.noteAnswer();
        assert.notEqual(retries.delay(failed(retries, code), 1, {}), undefined);
      });
    }

    test("is quick whatever the others did", () => {
      const retries = new Retries(defaultRetryOptions, () => 1);
      const error = failed(retries, "ECONNREFUSED");
      const delays = Array.from({ length: 200 }, () => retries.delay(error, 1, {}));
      assert.deepEqual(new Set(delays), new Set([100]));
    });

    test("has patience with another endpoint, which has", () => {
      const source = answered();
      const target = new Retries(defaultRetryOptions, () => 1);
      assert.notEqual(target.delay(failed(source, "ECONNRESET"), 9, {}), undefined);
      assert.equal(source.delay(failed(target, "ECONNRESET"), 3, {}), undefined);
    });

    test("has patience with a source whose body broke off", () => {
      const target = new Retries(defaultRetryOptions, () => 1);
      const error = new TransportError("ECONNRESET", "", "body");
      target.noteFailure(error);
      assert.notEqual(target.delay(error, 9, {}), undefined);
    });
  });

  describe("with its budget used up", () => {
    function exhausted(random: () => number): Retries {
      const retries = answered(random);
      for (let used = 0; used < defaultRetryOptions.budget; used += 5) retries.delay(lost, 1, {});
      return retries;
    }

    test("waits about the cap instead of failing", () => {
      assert.equal(exhausted(() => 0).delay(lost, 1, {}), 10_000);
      assert.equal(exhausted(() => 1).delay(lost, 1, {}), 20_000);
    });

    test("outlasts a server that is away for a minute", () => {
      const retries = exhausted(() => 0);
      let waited = 0;
      for (let attempt = 1; ; attempt++) {
        const delay = retries.delay(unsent, attempt, {});
        if (delay === undefined) break;
        waited += delay;
      }
      assert.ok(waited > 60_000, `${waited} ms`);
    });

    test("is quick again once requests succeed", () => {
      const retries = exhausted(() => 0.5);
      for (let success = 0; success < 10; success++) retries.noteSuccess();
      assert.equal(retries.delay(lost, 1, {}), 50);
      assert.equal(retries.delay(lost, 1, {}), 15_000);
    });

    test("never has more than its budget in store", () => {
      const retries = answered(() => 0.5);
      for (let success = 0; success < 100_000; success++) retries.noteSuccess();
      const quick = Array.from({ length: 100 }, () => retries.delay(lost, 1, {})).filter(
        (delay) => delay === 50,
      );
      assert.equal(quick.length, 20);
    });

    test("was hardly used by throttling, which the pace answers to", () => {
      const retries = answered(() => 0.5);
      const delays = Array.from({ length: 100 }, () => retries.delay(s3("SlowDown", 503), 1, {}));
      assert.ok(delays.every((delay) => delay === 50));
    });
  });
});

test("isThrottling knows S3's words for it, and not every 503", () => {
  assert.ok(isThrottling(s3("SlowDown", 503)));
  assert.ok(isThrottling(s3("SlowDown", 200)));
  assert.ok(isThrottling(s3("anything", 429)));
  assert.ok(!isThrottling(s3("ServiceUnavailable", 503)));
  assert.ok(!isThrottling(lost));
});

function answered(random: () => number = () => 1): Retries {
  const retries = new Retries(defaultRetryOptions, random);
  retries.noteAnswer();
  return retries;
}

/** A failure of a request of that client before anything was sent. */
function failed(retries: Retries, code: string): TransportError {
  const error = new TransportError(code, code, "unsent");
  retries.noteFailure(error);
  return error;
}

function s3(code: string, status: number, retryAfterMs?: number): S3Error {
  return new S3Error(code, code, { status, retryAfterMs });
}
