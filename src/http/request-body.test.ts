import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { RequestBody } from "./request-body.ts";

/** A source of these chunks that tells whether it was let go. */
function sourceOf(...chunks: (string | Error)[]) {
  const told = { isLetGo: false };
  async function* made() {
    try {
      for (const chunk of chunks) {
        if (chunk instanceof Error) throw chunk;
        yield Buffer.from(chunk);
      }
    } finally {
      told.isLetGo = true;
    }
  }
  return { source: made(), told };
}

async function textOf(body: RequestBody): Promise<string> {
  let text = "";
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return text;
}

/** Whether a promise is settled when the event loop has turned. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  await turn();
  return settled;
}

describe("RequestBody", () => {
  test("gives the bytes of its source, if they are as many as announced", async () => {
    assert.equal(await textOf(new RequestBody(sourceOf("he", "", "llo").source, 5)), "hello");
  });

  for (const { name, length } of [
    { name: "fewer", length: 6 },
    { name: "more", length: 4 },
  ]) {
    test(`fails, and keeps why, for ${name} bytes`, async () => {
      const body = new RequestBody(sourceOf("he", "llo").source, length);
      await assert.rejects(textOf(body), { code: "BODY_LENGTH" });
      assert.match(body.failure!.message, new RegExp(`not the ${length} bytes`));
    });
  }

  test("fails with what its source failed with", async () => {
    const error = new Error("the source is gone");
    const body = new RequestBody(sourceOf("he", error).source, 5);
    await assert.rejects(textOf(body), error);
    assert.equal(body.failure, error);
  });

  test("lets go of its source when it is stopped, and neither ends nor fails then", async () => {
    const { source, told } = sourceOf("he", "llo");
    const body = new RequestBody(source, 5);
    await body.next();
    body.stop();
    assert.equal(await isSettled(body.next()), false);
    assert.equal(told.isLetGo, true);
    assert.equal(body.failure, undefined);
  });

  test("does not end either when it is stopped while its source is asked", async () => {
    const body = new RequestBody(sourceOf("hello").source, 5);
    const asked = body.next();
    body.stop();
    assert.equal(await isSettled(asked), false);
  });

  test("refuses a length that is none", () => {
    assert.throws(() => new RequestBody(sourceOf().source, Number(undefined)), TypeError);
  });
});
