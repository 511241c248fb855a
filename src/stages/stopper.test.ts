import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UserError } from "../errors.ts";
import { S3Error } from "../s3/error.ts";
import { defaultRetryOptions, Retries } from "../s3/retry.ts";
import { TransportError } from "../s3/transport.ts";
import { RecordError } from "./outcome.ts";
import { Stopper } from "./stopper.ts";

const answered = (code: string): S3Error => new S3Error(code, code, { status: 400 });

/** Guards works one after the other; gives what came of each. */
async function guarded(
  works: readonly (() => Promise<string>)[],
  signal = new AbortController().signal,
): Promise<{ readonly stopper: Stopper; readonly answers: readonly string[] }> {
  const stopper = new Stopper(signal);
  const answers = [];
  for (const work of works) {
    answers.push(
      await stopper.guard(undefined, work, (_, { outcome, code }) => `${outcome} ${code}`),
    );
  }
  return { stopper, answers };
}

/** A failure as the client of an endpoint notes it that has not answered yet. */
function neverReached(): TransportError {
  const error = new TransportError("ECONNREFUSED", "refused", "unsent");
  new Retries(defaultRetryOptions, () => 0).noteFailure(error);
  return error;
}

const done = (): Promise<string> => Promise.resolve("done");
const failing = (reason: unknown) => (): Promise<string> => Promise.reject(reason);

describe("Stopper", () => {
  const cases: readonly {
    readonly name: string;
    readonly error: unknown;
    readonly answer: string;
    /** Whether nothing more is done after it. */
    readonly ends: boolean;
  }[] = [
    {
      name: "an object that is gone",
      error: answered("NoSuchKey"),
      answer: "failed NoSuchKey",
      ends: false,
    },
    {
      name: "an object that may not be read",
      error: answered("AccessDenied"),
      answer: "failed AccessDenied",
      ends: false,
    },
    {
      name: "an archived object",
      error: answered("InvalidObjectState"),
      answer: "skipped archived",
      ends: false,
    },
    {
      name: "an archived source of a copy",
      error: answered("ObjectNotInActiveTierError"),
      answer: "skipped archived",
      ends: false,
    },
    {
      name: "a lost connection",
      error: new TransportError("ECONNRESET", "reset", "sent"),
      answer: "failed ECONNRESET",
      ends: false,
    },
    {
      name: "an endpoint that has never answered",
      error: neverReached(),
      answer: "failed ECONNREFUSED",
      ends: true,
    },
    {
      name: "a reason of ours",
      error: new RecordError("SizeMismatch", "size"),
      answer: "failed SizeMismatch",
      ends: false,
    },
    {
      name: "a bucket that is not there",
      error: answered("NoSuchBucket"),
      answer: "failed NoSuchBucket",
      ends: true,
    },
    {
      name: "keys that are not known",
      error: answered("InvalidAccessKeyId"),
      answer: "failed InvalidAccessKeyId",
      ends: true,
    },
    {
      name: "a session that has ended",
      error: answered("ExpiredToken"),
      answer: "failed ExpiredToken",
      ends: true,
    },
    {
      name: "credentials that cannot be had",
      error: new UserError("denied", "no keys"),
      answer: "failed NotConfigured",
      ends: true,
    },
  ];
  for (const { name, error, answer, ends } of cases) {
    test(`answers ${name}: ${answer}; ${ends ? "all others likewise" : "others go on"}`, async () => {
      const { stopper, answers } = await guarded([done, failing(error), done]);
      assert.deepEqual(answers, ["done", answer, ends ? answer : "done"]);
      if (ends) assert.throws(() => stopper.throwIfStopped(), error as Error);
      else stopper.throwIfStopped();
    });
  }

  test("throws what is our bug", async () => {
    await assert.rejects(guarded([failing(new TypeError("oops"))]), /oops/);
  });

  test("after an interrupt answers without work, and whatever the work under way says", async () => {
    const interrupt = new AbortController();
    const works = [
      () => {
        interrupt.abort(new Error("interrupted"));
        return Promise.reject(new Error("interrupted"));
      },
      done,
    ];
    const { stopper, answers } = await guarded(works, interrupt.signal);
    assert.deepEqual(answers, ["failed Interrupted", "failed Interrupted"]);
    stopper.throwIfStopped();
  });
});
