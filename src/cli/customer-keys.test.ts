import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { S3Bucket } from "../s3/client.ts";
import { customerKeyOf } from "../s3/customer-key.ts";
import { customerKeys } from "./customer-keys.ts";

const bytes = Buffer.alloc(32, "k");

describe("customerKeys", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "campanile-keys-"));
    await writeFile(join(directory, "raw"), bytes);
    await writeFile(join(directory, "base64"), `${bytes.toString("base64")}\n`);
    await writeFile(join(directory, "short"), bytes.subarray(1));
    await writeFile(join(directory, "hex"), bytes.toString("hex"));
  });
  after(() => rm(directory, { recursive: true }));

  const keysOf = (name: string, endpoint = "https://s3.example.org") =>
    customerKeys(
      { cwd: directory, home: directory },
      { dstSseCKeyFile: name },
      {
        target: { name: "b", endpoint } as S3Bucket,
      },
    );

  for (const name of ["raw", "base64", "~/raw"]) {
    test(`reads ${name}`, async () => {
      assert.deepEqual((await keysOf(name)).target, customerKeyOf(bytes));
    });
  }

  for (const [name, message] of [
    ["short", /cannot use what is in "short"/],
    ["hex", /cannot use what is in "hex"/],
    ["nowhere", /there is no such file/],
    [".", /cannot be read \(EISDIR\)/],
  ] as const) {
    test(`refuses ${name}, and shows nothing of what it holds`, async () => {
      await assert.rejects(keysOf(name), (error: Error & { hint?: string }) => {
        assert.match(error.message, message);
        assert.ok(!`${error.message} ${error.hint}`.includes("kkk"));
        return true;
      });
    });
  }

  const endpoints = [
    ["http://s3.example.org", false],
    ["http://10.0.0.1:9000", false],
    ["http://127.0.0.1.example.org", false],
    ["http://127.0.0.1:9000", true],
    ["http://localhost:9000", true],
    ["http://[::1]:9000", true],
    ["https://s3.example.org", true],
  ] as const;
  for (const [endpoint, isSafe] of endpoints) {
    test(`${isSafe ? "sends" : "does not send"} a key to ${endpoint}`, async () => {
      if (isSafe) await keysOf("raw", endpoint);
      else await assert.rejects(keysOf("raw", endpoint), /over http/);
    });
  }
});
