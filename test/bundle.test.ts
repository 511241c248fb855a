import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import type { S3Server } from "../src/testing/server.ts";
import { version } from "../src/version.ts";
import { startCaseServer } from "./support/case-server.ts";
import { accounts } from "./support/servers/running.ts";

const root = join(import.meta.dirname, "..");
const run = promisify(execFile);

describe("the build", () => {
  let place: string;
  /** The bundle, with nothing beside it. */
  let file: string;
  let server: S3Server | undefined;
  let env: Record<string, string | undefined>;

  before(async () => {
    place = await mkdtemp(join(tmpdir(), "campanile-bundle-"));
    await run(process.execPath, [join(root, "scripts/build.ts"), join(place, "dist")], {
      cwd: place,
    });
    const alone = await mkdtemp(join(place, "alone-"));
    file = join(alone, "campanile.mjs");
    await copyFile(join(place, "dist/campanile.mjs"), file);

    server = await startCaseServer();
    env = {
      PATH: process.env["PATH"],
      HOME: alone,
      AWS_CONFIG_FILE: join(alone, "config"),
      AWS_ENDPOINT_URL_S3: server.url,
      AWS_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
    };
  });
  after(async () => {
    await rm(place, { recursive: true });
    // Not there when the build failed.
    await server?.close();
  });

  test("is one file that can be executed", async () => {
    assert.equal((await readFile(file, "utf8")).split("\n", 1)[0], "#!/usr/bin/env node");
    assert.notEqual((await stat(join(place, "dist/campanile.mjs"))).mode & 0o100, 0);
    const { stdout, stderr } = await run(process.execPath, [file, "--version"], { env });
    assert.deepEqual({ stdout, stderr }, { stdout: `${version}\n`, stderr: "" });
  });

  test("has the licenses of what is in it beside it", async () => {
    const legal = await readFile(join(place, "dist/campanile.mjs.LEGAL.txt"), "utf8");
    for (const name of ["campanile", "commander", "undici", "@aws-sdk/nested-clients"]) {
      assert.match(legal, new RegExp(`^${name}`, "m"));
    }
  });

  test("has a library, whose types need no TypeScript sources", async () => {
    await writeFile(
      join(place, "use.ts"),
      `import { bucketlist, entryCodec, UserError } from "./dist/lib/index.js";
      const name: string = bucketlist.name;
      const size: number = entryCodec.decode("key\\tetag\\t1\\t2015-12-24 05:26:19").size;
      export { name, size, UserError };\n`,
    );
    const tsc = join(root, "node_modules/.bin/tsc");
    const types = join(root, "node_modules/@types");
    const options = ["--strict", "--module", "nodenext", "--target", "es2024"];
    const libraries = ["--lib", "es2024,esnext.disposable,esnext.array,esnext.collection"];
    await run(
      tsc,
      [...options, ...libraries, "--noEmit", "--typeRoots", types, "--types", "node", "use.ts"],
      {
        cwd: place,
      },
    );
  });

  test("lists a bucket with a profile whose keys a program prints", async () => {
    const { accessKeyId, secretAccessKey } = accounts.source;
    const keys = { Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey };
    await writeFile(join(place, "keys.json"), JSON.stringify(keys), { mode: 0o600 });
    await writeFile(
      env["AWS_CONFIG_FILE"]!,
      `[profile program]\ncredential_process = cat ${join(place, "keys.json")}\n`,
    );
    assert.equal(await list("program"), "index.html\n");
  });

  test("lists a bucket with a profile whose role is assumed", async () => {
    const { accessKeyId, secretAccessKey } = accounts.source;
    let asked = "";
    const sts = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => (asked += text));
      request.on("end", () => {
        response.setHeader("content-type", "text/xml");
        response.end(
          `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
          <AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>
          <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
        );
      });
    });
    await new Promise<void>((resolve) => sts.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = sts.address() as AddressInfo;
      await writeFile(
        env["AWS_CONFIG_FILE"]!,
        `[profile base]
        aws_access_key_id = AKIABASE
        aws_secret_access_key = base-secret
        [profile role]
        role_arn = arn:aws:iam::123456789012:role/reader
        source_profile = base\n`.replace(/^ +/gm, ""),
      );
      env = { ...env, AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}` };
      assert.equal(await list("role"), "index.html\n");
      assert.match(
        asked,
        /Action=AssumeRole&.*RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freader/,
      );
    } finally {
      sts.close();
    }
  });

  /** Lists by the bundle what begins with `i`; only keys. */
  async function list(profile: string): Promise<string> {
    const args = [file, "bucketlist", "--bucket", "photos", "--profile", profile, "--quiet"];
    const child = spawn(process.execPath, args, { env, stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(",i\n");
    const text = (await child.stdout.setEncoding("utf8").toArray()).join("");
    return text.replace(/\t.*/g, "");
  }
});
