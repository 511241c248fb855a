import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { UserError } from "../errors.ts";
import { readBotoConfig } from "./boto-config.ts";

const jeff = "[profile jeff]\naws_access_key_id=AKIAJEFF\naws_secret_access_key=jeff/secret+1\n\n";
const jassy =
  "[profile jassy]\naws_access_key_id=AKIAJASSY\naws_secret_access_key=jassy=secret#2\n\n";

describe("boto's configuration", () => {
  let root: string;
  let home: string;
  let cwd: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "campanile-boto-"));
  });
  after(() => rm(root, { recursive: true }));

  /** Writes files whose names begin with `~/`, `./` or neither into fresh directories. */
  async function given(files: Record<string, string>, mode = 0o600): Promise<void> {
    const fresh = await mkdtemp(join(root, "case-"));
    [home, cwd] = [join(fresh, "home"), join(fresh, "cwd")];
    await Promise.all([mkdir(home), mkdir(cwd)]);
    for (const [name, text] of Object.entries(files)) {
      await writeFile(at(name), text);
      await chmod(at(name), mode);
    }
  }
  const at = (name: string) =>
    name.startsWith("~/") ? join(home, name.slice(2)) : join(cwd, name);
  const read = (env: NodeJS.ProcessEnv = {}) =>
    readBotoConfig({ env, home, cwd }, ["~/boto.cfg", "~/.boto", "./.boto"]);

  test("has the profiles that the readme's commands write", async () => {
    await given({ "./.boto": jeff + jassy });
    const { profiles, warnings } = await read();
    assert.deepEqual(
      [...profiles],
      [
        [
          "jeff",
          { accessKeyId: "AKIAJEFF", secretAccessKey: "jeff/secret+1", sessionToken: undefined },
        ],
        [
          "jassy",
          { accessKeyId: "AKIAJASSY", secretAccessKey: "jassy=secret#2", sessionToken: undefined },
        ],
      ],
    );
    assert.deepEqual(warnings, []);
  });

  test("is empty where there are no files", async () => {
    await given({});
    const { looked, profiles, credentials, secure, maxAttempts } = await read();
    assert.deepEqual(looked, [join(home, "boto.cfg"), join(home, ".boto"), join(cwd, ".boto")]);
    assert.equal(profiles.size, 0);
    assert.equal(credentials, undefined);
    assert.equal(secure, true);
    assert.equal(maxAttempts, undefined);
  });

  test("is what the bootstrap action of the original wrote", async () => {
    await given({
      "~/boto.cfg":
        "[Boto]\ndebug = 0\nnum_retries = 10\n\n[s3]\ncalling_format = boto.s3.connection.OrdinaryCallingFormat\n",
    });
    const { addressing, maxAttempts } = await read();
    assert.equal(addressing, "path");
    assert.equal(maxAttempts, 11);
  });

  const whichFile = [
    { name: "lets a later file override an earlier one", env: {}, host: "cwd" },
    {
      name: "reads only the file BOTO_CONFIG names",
      env: { BOTO_CONFIG: "~/boto.cfg", BOTO_PATH: "~/.boto" },
      host: "etc",
    },
    {
      name: "reads those of BOTO_PATH, with ~",
      env: { BOTO_PATH: "./.boto:~/.boto:/no/such" },
      host: "home",
    },
  ];
  for (const { name, env, host } of whichFile) {
    test(name, async () => {
      await given({
        "~/boto.cfg": "[s3]\nhost=etc",
        "~/.boto": "[s3]\nhost=home",
        "./.boto": "[s3]\nhost=cwd",
      });
      assert.equal((await read(env)).host, host);
    });
  }

  test("overrides single options, not whole sections", async () => {
    await given({
      "~/.boto":
        "[Credentials]\naws_access_key_id=A\naws_secret_access_key=B\naws_security_token=C",
      "./.boto": "[Credentials]\naws_access_key_id=D",
    });
    assert.deepEqual((await read()).credentials, {
      accessKeyId: "D",
      secretAccessKey: "B",
      sessionToken: "C",
    });
  });

  const values = [
    {
      name: "is_secure = False is http",
      text: "[Boto]\nis_secure = False",
      key: "secure",
      value: false,
    },
    {
      name: "is_secure: true is https",
      text: "[Boto]\nis_secure: true",
      key: "secure",
      value: true,
    },
    {
      name: "no retries is one attempt",
      text: "[Boto]\nnum_retries=0",
      key: "maxAttempts",
      value: 1,
    },
    {
      name: "a calling format of sub-domains",
      text: "[s3]\ncalling_format=boto.s3.connection.SubdomainCallingFormat",
      key: "addressing",
      value: "virtual",
    },
    {
      name: "a dotted profile",
      text: "[profile a.b.c]\naws_access_key_id=A\naws_secret_access_key=B",
      key: "profiles",
      value: new Map([
        ["a.b.c", { accessKeyId: "A", secretAccessKey: "B", sessionToken: undefined }],
      ]),
    },
    {
      name: "verification that is on",
      text: "[Boto]\nhttps_validate_certificates = True",
      key: "secure",
      value: true,
    },
    {
      name: "the system's authorities",
      text: "[Boto]\nca_certificates_file = system",
      key: "caFile",
      value: undefined,
    },
    {
      name: "a file of authorities",
      text: "[Boto]\nca_certificates_file = /ca.pem",
      key: "caFile",
      value: "/ca.pem",
    },
  ] as const;
  for (const { name, text, key, value } of values) {
    test(`knows ${name}`, async () => {
      await given({ "./.boto": text });
      assert.deepEqual((await read())[key], value);
    });
  }

  const refused = [
    {
      name: "a line that means nothing",
      text: "[Credentials]\nhunter2\n",
      reason: "usage",
      says: 'line 2: neither a [section] nor "name = value"',
    },
    {
      name: "an option above all sections",
      text: "aws_secret_access_key=hunter2\n",
      reason: "usage",
      says: "line 1: no [section] stands above it",
    },
    {
      name: "retries that are no number",
      text: "[Boto]\n\nnum_retries = hunter2",
      reason: "usage",
      says: "line 3: num_retries is not a whole number",
    },
    {
      name: "a switch that is neither on nor off",
      text: "[Boto]\nis_secure = hunter2",
      reason: "usage",
      says: "line 2: neither true nor false",
    },
    {
      name: "switching verification off",
      text: "[Boto]\nhttps_validate_certificates = False",
      reason: "usage",
      says: "certificates are always verified",
    },
    {
      name: "half a key pair",
      text: "[profile x]\naws_secret_access_key=hunter2",
      reason: "usage",
      says: "it has aws_secret_access_key and no aws_access_key_id",
    },
  ];
  for (const { name, text, reason, says } of refused) {
    test(`refuses ${name}, naming the file and no secret`, async () => {
      await given({ "./.boto": text });
      await assert.rejects(read(), (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.reason, reason);
        assert.ok(error.message.includes(join(cwd, ".boto")), error.message);
        assert.ok(error.message.includes(says), error.message);
        assert.ok(!`${error.stack} ${error.hint}`.includes("hunter2"), error.message);
        return true;
      });
    });
  }

  test("refuses a BOTO_CONFIG that is not there", async () => {
    await given({});
    await assert.rejects(read({ BOTO_CONFIG: "~/none" }), {
      reason: "missing",
      message: `cannot read ${JSON.stringify(join(home, "none"))}: there is no such file`,
    });
  });

  test("warns of secrets that all may read, without them", async () => {
    await given({ "./.boto": jeff }, 0o644);
    const path = join(cwd, ".boto");
    assert.deepEqual((await read()).warnings, [
      `every user of this machine can read the secret keys in ${path}; to stop that: chmod 600 ${path}`,
    ]);
  });

  test("does not warn of a readable file without secrets", async () => {
    await given({ "./.boto": "[s3]\nhost=x" }, 0o644);
    assert.deepEqual((await read()).warnings, []);
  });
});
