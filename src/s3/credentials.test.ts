import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";

import { UserError } from "../errors.ts";
import { readAwsConfig } from "./aws-config.ts";
import { readBotoConfig } from "./boto-config.ts";
import { findCredentials } from "./credentials.ts";
import {
  sdkCredentials,
  type CredentialsProvider,
  type SdkCredentials,
} from "./sdk-credentials.ts";

const secret = "hunter2/hunter2+hunter2";
const keys = (id: string) => `aws_access_key_id=${id}\naws_secret_access_key=${secret}\n`;

/** Gives keys that say where they come from, or fails where a test lets it. */
function standIn(fails: readonly string[] = []): SdkCredentials {
  const from = (id: string): CredentialsProvider => {
    return () =>
      fails.includes(id)
        ? Promise.reject(new Error(`${id} says no.`))
        : Promise.resolve({ accessKeyId: id, secretAccessKey: secret });
  };
  return {
    profile: (name) => from(`sdk profile ${name}`),
    webIdentity: () => from("sdk web identity"),
    container: () => from("sdk container"),
    instance: () => from("sdk instance"),
  };
}

describe("credentials", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "campanile-credentials-"));
  });
  after(() => rm(root, { recursive: true }));

  async function places(
    files: Record<string, string>,
    more: NodeJS.ProcessEnv = {},
    fails: readonly string[] = [],
  ) {
    const home = await mkdtemp(join(root, "home-"));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(home, name)), { recursive: true });
      await writeFile(join(home, name), text, { mode: 0o600 });
    }
    const env = { BOTO_PATH: "~/.boto", ...more };
    const surroundings = { env, home, cwd: home };
    const [aws, boto] = await Promise.all([
      readAwsConfig(surroundings),
      readBotoConfig(surroundings),
    ]);
    return { env, aws, boto, sdk: standIn(fails), home };
  }

  const botoFile = `[profile jeff]\n${keys("boto jeff")}\n[Credentials]\n${keys("boto credentials")}`;
  const awsFile = `[default]\n${keys("aws default")}\n[jeff]\n${keys("aws jeff")}`;
  const env = { AWS_ACCESS_KEY_ID: "env", AWS_SECRET_ACCESS_KEY: secret };
  const web = { AWS_WEB_IDENTITY_TOKEN_FILE: "/token", AWS_ROLE_ARN: "arn:aws:iam::1:role/r" };

  const cases: readonly {
    readonly name: string;
    readonly files?: Record<string, string>;
    readonly env?: NodeJS.ProcessEnv;
    readonly profile?: string;
    readonly from: string;
  }[] = [
    {
      name: "a profile of the AWS CLI goes before one of boto",
      files: { ".aws/credentials": awsFile, ".boto": botoFile },
      profile: "jeff",
      from: "aws jeff",
    },
    {
      name: "a profile of boto is found",
      files: { ".boto": botoFile },
      profile: "jeff",
      from: "boto jeff",
    },
    {
      name: "a profile of boto is found beside one that has only a region",
      files: { ".aws/config": "[profile jeff]\nregion=eu-west-1", ".boto": botoFile },
      profile: "jeff",
      from: "boto jeff",
    },
    {
      name: "a profile named by an option goes before the environment",
      files: { ".boto": botoFile },
      env,
      profile: "jeff",
      from: "boto jeff",
    },
    {
      name: "the environment goes before AWS_PROFILE",
      files: { ".boto": botoFile },
      env: { ...env, AWS_PROFILE: "jeff" },
      from: "env",
    },
    {
      name: "AWS_PROFILE may name a profile of boto",
      files: { ".boto": botoFile },
      env: { AWS_PROFILE: "jeff" },
      from: "boto jeff",
    },
    {
      name: "the default profile goes before a web identity",
      files: { ".aws/credentials": awsFile },
      env: web,
      from: "aws default",
    },
    {
      name: "a web identity goes before [Credentials] of boto",
      files: { ".boto": botoFile },
      env: web,
      from: "sdk web identity",
    },
    {
      name: "[Credentials] of boto goes before the container's role",
      files: { ".boto": botoFile },
      env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x" },
      from: "boto credentials",
    },
    {
      name: "the container's role goes before the instance's",
      env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/x" },
      from: "sdk container",
    },
    { name: "the instance's role comes last", from: "sdk instance" },
    {
      name: "the machine's role serves a profile that has only a region",
      files: { ".aws/config": "[profile jeff]\nregion=eu-west-1" },
      profile: "jeff",
      from: "sdk instance",
    },
    {
      name: "a default profile with only a region is none",
      files: { ".aws/config": "[default]\nregion=eu-west-1", ".boto": botoFile },
      from: "boto credentials",
    },
    {
      name: "a role is the SDK's to assume",
      files: {
        ".aws/config": `[profile jeff]\nrole_arn=arn:x\nsource_profile=default\n${keys("aws jeff")}`,
      },
      profile: "jeff",
      from: "sdk profile jeff",
    },
    {
      name: "a single sign-on is the SDK's to resolve",
      files: { ".aws/config": "[profile jeff]\nsso_session=s" },
      profile: "jeff",
      from: "sdk profile jeff",
    },
    {
      name: "a default profile with a program is the SDK's to run",
      files: { ".aws/config": "[default]\ncredential_process=/bin/x" },
      from: "sdk profile default",
    },
    {
      name: "an empty variable is not set",
      files: { ".boto": botoFile },
      env: { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
      from: "boto credentials",
    },
  ];
  for (const { name, files = {}, env, profile, from } of cases) {
    test(name, async () => {
      const found = await findCredentials({ ...(await places(files, env)), profile })();
      assert.deepEqual([found.accessKeyId, found.secretAccessKey], [from, secret]);
    });
  }

  test("take a session token along", async () => {
    const fromEnv = await findCredentials(await places({}, { ...env, AWS_SESSION_TOKEN: "t1" }))();
    assert.equal(fromEnv.sessionToken, "t1");
    const files = { ".boto": `[profile jeff]\n${keys("A")}aws_security_token=t2\n` };
    const fromBoto = await findCredentials({ ...(await places(files)), profile: "jeff" })();
    assert.equal(fromBoto.sessionToken, "t2");
  });

  /** What is thrown, on the spot or when credentials are asked for, checked to be for the user and without secrets. */
  async function refusal(given: Parameters<typeof findCredentials>[0]): Promise<UserError> {
    const error: unknown = await Promise.resolve()
      .then(() => findCredentials(given)())
      .then(
        () => assert.fail("found"),
        (error: unknown) => error,
      );
    assert.ok(error instanceof UserError, String(error));
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      assert.ok(!`${at.stack} ${JSON.stringify(at)}`.includes("hunter2"), at.message);
    }
    return error;
  }

  test("of a profile that is nowhere: the files and the profiles there are", async () => {
    const given = await places({ ".aws/credentials": awsFile, ".boto": botoFile });
    const error = await refusal({ ...given, profile: "jef" });
    assert.equal(error.reason, "missing");
    assert.equal(error.message, 'cannot find the profile "jef"');
    const paths = [".aws/credentials", ".aws/config", ".boto"].map((name) =>
      join(given.home, name),
    );
    assert.equal(error.hint, `looked in ${paths.join(", ")}; found: default, jeff`);
  });

  test("that are nowhere: where they were looked for, and how to give some", async () => {
    const error = await refusal(await places({}, {}, ["sdk instance"]));
    assert.equal(error.reason, "denied");
    assert.equal(error.message, "cannot find credentials");
    assert.match(
      error.hint ?? "",
      /looked in .*\.boto, the environment, the EC2 instance's role; to name some: --profile NAME/,
    );
  });

  test("are not asked of an instance when that is switched off", async () => {
    const error = await refusal(await places({}, { AWS_EC2_METADATA_DISABLED: "true" }));
    assert.equal(error.reason, "denied");
    assert.doesNotMatch(error.hint ?? "", /EC2/);
  });

  test("of an environment that has half a key pair", async () => {
    const error = await refusal(await places({}, { AWS_SECRET_ACCESS_KEY: secret }));
    assert.equal(error.reason, "usage");
    assert.equal(
      error.message,
      "cannot use AWS_SECRET_ACCESS_KEY of the environment: AWS_ACCESS_KEY_ID is not set",
    );
  });

  test("of a sign-on that has ended: how to sign on", async () => {
    const files = { ".aws/config": "[profile jeff]\nsso_session=s" };
    const error = await refusal({
      ...(await places(files, {}, ["sdk profile jeff"])),
      profile: "jeff",
    });
    assert.equal(error.reason, "denied");
    assert.equal(
      error.message,
      'cannot get credentials of the profile "jeff": sdk profile jeff says no',
    );
    assert.equal(error.hint, "aws sso login --profile jeff");
  });

  describe("from the AWS SDK itself", () => {
    const program = (output: string, status = 0) =>
      `[profile p]\ncredential_process = /bin/sh -c 'printf %s ${JSON.stringify(output).replaceAll("'", "")}; exit ${status}'\n`;

    test("are those a program prints, with their end", async () => {
      const expiration = new Date(Date.now() + 3_600_000).toISOString();
      const printed = JSON.stringify({
        Version: 1,
        AccessKeyId: "P",
        SecretAccessKey: secret,
        SessionToken: "t",
        Expiration: expiration,
      });
      const given = await places({ ".aws/config": program(printed) });
      const sdk = sdkCredentials({}, given.aws, undefined);
      const found = await findCredentials({ ...given, sdk, profile: "p" })();
      assert.deepEqual(
        [found.accessKeyId, found.secretAccessKey, found.sessionToken],
        ["P", secret, "t"],
      );
      assert.equal(found.expiration?.toISOString(), expiration);
    });

    test("keep what a failing program wrote to themselves", async () => {
      const given = await places({ ".aws/config": program(secret, 1) });
      const sdk = sdkCredentials({}, given.aws, undefined);
      const error = await refusal({ ...given, sdk, profile: "p" });
      assert.equal(error.reason, "denied");
      assert.equal(
        error.message,
        'cannot get credentials of the profile "p": its credential_process failed',
      );
    });
  });
});
