import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";

const campanile = join(import.meta.dirname, "../../bin/campanile.ts");

/** Writes the address of each module that is loaded to standard error. */
const listModules = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  import { writeSync } from "node:fs";
  registerHooks({ load(url, context, next) { writeSync(2, url + "\\n"); return next(url, context); } });
`)}`;

describe("the command line", () => {
  const quick = [
    ["--version"],
    ["--help"],
    ["help"],
    ["bucketlist", "--help"],
    ["nothing"],
    ["diff"],
  ];
  for (const args of quick) {
    test(`loads no S3 client and no library of it for: campanile ${args.join(" ")}`, async () => {
      const loaded = await modulesOf(args);
      assert.ok(loaded.some((url) => url.endsWith("/src/cli/main.ts")));
      const packages = loaded.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]);
      assert.deepEqual([...new Set(packages.filter(Boolean))], ["commander"]);
      const working = loaded.filter((url) => /\/src\/(?:s3|stages|stream|testing)\//.test(url));
      assert.deepEqual(working, []);
    });
  }

  test("loads an S3 client to list, but neither the AWS SDK nor the S3 of the tests", async () => {
    // Fails for want of a server, and by then all is loaded.
    const loaded = await modulesOf([
      "bucketlist",
      "--bucket",
      "b",
      "--endpoint",
      "http://127.0.0.1:9",
    ]);
    assert.ok(loaded.some((url) => url.includes("/src/http/")));
    const others = loaded.filter((url) => /\/@aws-sdk\/|\/src\/testing\//.test(url));
    assert.deepEqual(others, []);
  });
});

async function modulesOf(args: readonly string[]): Promise<readonly string[]> {
  const env = {
    AWS_ACCESS_KEY_ID: "id",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_REGION: "us-east-1",
    AWS_MAX_ATTEMPTS: "1",
  };
  const command = ["--import", listModules, campanile, ...args];
  const { stderr } = await promisify(execFile)(process.execPath, command, { env }).catch(
    (error: unknown) => error as { readonly stderr: string },
  );
  return stderr.split("\n").filter((line) => line.startsWith("file:"));
}
