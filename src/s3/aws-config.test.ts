import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { ambientProfile, readAwsConfig } from "./aws-config.ts";

describe("the AWS CLI's files", () => {
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), "campanile-aws-"));
    await mkdir(join(home, ".aws"));
    await writeFile(
      join(home, ".aws", "config"),
      [
        "[default]",
        "region = eu-west-1",
        "[profile with.dots]",
        "region = eu-north-1",
        "s3 =",
        "  addressing_style = path",
        "  max_concurrent_requests = 20",
        "services = mine",
        "nonsense",
        '[profile "with blanks"]',
        "sso_session = s",
        "[sso-session s]",
        "sso_region = us-east-1",
        "[services mine]",
        "s3 =",
        "  endpoint_url = http://127.0.0.1:9000",
        "[jeff]",
        "region = nowhere-1",
      ].join("\n"),
    );
    await writeFile(
      join(home, ".aws", "credentials"),
      "[jeff]\naws_access_key_id=A\naws_secret_access_key=B#c=\n[with.dots]\nregion=eu-south-1\n",
    );
    await writeFile(join(home, "other"), "[profile other]\nregion=ap-south-1\n");
  });
  after(() => rm(home, { recursive: true }));

  const read = (env: NodeJS.ProcessEnv = {}) => readAwsConfig({ env, home, cwd: home });
  const plain = (map: ReadonlyMap<string, string> | undefined) => Object.fromEntries(map ?? []);

  test("have profiles of both, where the credentials file counts", async () => {
    const { profiles } = await read();
    assert.deepEqual([...profiles.keys()].sort(), ["default", "jeff", "with blanks", "with.dots"]);
    assert.deepEqual(plain(profiles.get("jeff")), {
      aws_access_key_id: "A",
      aws_secret_access_key: "B#c=",
    });
    assert.equal(profiles.get("with.dots")?.get("region"), "eu-south-1");
    assert.equal(profiles.get("with blanks")?.get("sso_session"), "s");
  });

  test("have settings nested under a service", async () => {
    const { profiles, services } = await read();
    assert.equal(profiles.get("with.dots")?.get("s3.addressing_style"), "path");
    assert.deepEqual(plain(services.get("mine")), { "s3.endpoint_url": "http://127.0.0.1:9000" });
  });

  test("are warned about where a line means nothing", async () => {
    const { warnings } = await read();
    assert.deepEqual(warnings, [
      `line 9 of ${join(home, ".aws", "config")} is passed over: neither a [section] nor "name = value"`,
    ]);
  });

  test("may be elsewhere, or nowhere", async () => {
    const env = { AWS_CONFIG_FILE: "~/other", AWS_SHARED_CREDENTIALS_FILE: "none" };
    const { profiles, credentialsPath } = await read(env);
    assert.deepEqual([...profiles.keys()], ["other"]);
    assert.equal(credentialsPath, join(home, "none"));
  });
});

describe("the profile of the environment", () => {
  const cases: readonly { env: NodeJS.ProcessEnv; profile: string }[] = [
    { env: {}, profile: "default" },
    { env: { AWS_DEFAULT_PROFILE: "old" }, profile: "old" },
    { env: { AWS_PROFILE: "new", AWS_DEFAULT_PROFILE: "old" }, profile: "new" },
    { env: { AWS_PROFILE: "" }, profile: "default" },
  ];
  for (const { env, profile } of cases) {
    test(`is ${profile} for ${JSON.stringify(env)}`, () => {
      assert.equal(ambientProfile(env), profile);
    });
  }
});
