import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { PassThrough, Readable, Writable } from "node:stream";
import { after, before, describe, test } from "node:test";

import { createBucket } from "../s3/bucket.ts";
import { connectBucket } from "../s3/connect.ts";
import { type S3Server, startServer } from "../testing/server.ts";
import { main } from "./main.ts";

const account = { accessKeyId: "id", secretAccessKey: "secret" };

describe("an interrupt", () => {
  let server: S3Server;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    server = await startServer({ accounts: [account] });
    env = {
      AWS_ACCESS_KEY_ID: account.accessKeyId,
      AWS_SECRET_ACCESS_KEY: account.secretAccessKey,
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL_S3: server.url,
    };
    const places = { env, home: tmpdir(), cwd: tmpdir() };
    const bucket = await connectBucket({
      bucket: "b23",
      ...places,
      concurrency: 1,
      warn: () => {},
    });
    await createBucket(bucket);
    await bucket.s3.close();
  });
  after(() => server.close());

  const waiting = [
    ["bucketlist", "--bucket", "b23"],
    ["multipartlist", "--src-bucket", "b23", "--dst-bucket", "b23", "--dry-run"],
    ["multipartcomplete", "--bucket", "b23", "--dry-run"],
    ["diff", "-", "/dev/null"],
    ["diff", "--sort", "/dev/null", "-"],
  ];
  for (const argv of waiting) {
    test(`ends the wait for input: ${argv.join(" ")}`, async () => {
      const interrupt = new AbortController();
      // Nothing ever comes: once it is asked, who asked waits.
      const stdin = new Readable({
        read() {
          interrupt.abort(new Error("interrupted"));
        },
      });
      assert.deepEqual(await run(argv, stdin, interrupt.signal), {
        status: 130,
        stderr: "campanile: interrupted\n",
      });
      assert.ok(interrupt.signal.aborted);
    });
  }

  async function run(argv: readonly string[], stdin: Readable, interrupted: AbortSignal) {
    let stderr = "";
    const status = await main(argv, {
      stdin,
      stdout: new PassThrough().resume(),
      stderr: new Writable({
        write(chunk: Buffer, _encoding, done) {
          stderr += chunk.toString();
          done();
        },
      }),
      env,
      home: tmpdir(),
      cwd: tmpdir(),
      interrupted,
    });
    return { status, stderr };
  }
});
