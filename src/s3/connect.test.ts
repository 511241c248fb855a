import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { registerHooks } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";

import { certificate, privateKey } from "../../test/support/certificate.ts";
import { UserError } from "../errors.ts";
import {
  connectBucket,
  sharedTransports,
  type ConnectOptions,
  type TransportFactory,
} from "./connect.ts";
import { explain } from "./explain.ts";
import { TransportError, type HttpReply, type HttpRequest } from "./transport.ts";

const boto = `[profile jeff]
aws_access_key_id=AKIAJEFF
aws_secret_access_key=hunter2jeff

[profile jassy]
aws_access_key_id=AKIAJASSY
aws_secret_access_key=hunter2jassy
`;

type Answer = (request: HttpRequest) => {
  readonly status: number;
  readonly headers?: Record<string, string>;
};

describe("connecting to a bucket", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "campanile-connect-"));
  });
  after(() => rm(root, { recursive: true }));

  /** A home with files, and a transport that notes requests and answers as it is told. */
  async function rig(files: Record<string, string>, answer: Answer = () => ({ status: 200 })) {
    const home = await mkdtemp(join(root, "home-"));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(home, name)), { recursive: true });
      await writeFile(join(home, name), text, { mode: 0o600 });
    }
    const sent: HttpRequest[] = [];
    const made: Parameters<TransportFactory>[0][] = [];
    const warned: string[] = [];
    const closed: number[] = [];
    const transport: TransportFactory = (options) => {
      made.push(options);
      return Promise.resolve({
        send: (request) => {
          sent.push(request);
          return Promise.resolve().then(() => replyOf(answer(request)));
        },
        close: () => {
          closed.push(made.length);
          return Promise.resolve();
        },
      });
    };
    const connect = (more: Partial<ConnectOptions> = {}, env: NodeJS.ProcessEnv = {}) =>
      connectBucket({
        bucket: "photos",
        concurrency: 4,
        env: { BOTO_PATH: "~/.boto", AWS_EC2_METADATA_DISABLED: "true", ...env },
        home,
        cwd: home,
        warn: (text) => warned.push(text),
        transport,
        ...more,
      });
    return { home, sent, made, warned, closed, connect };
  }

  const list = { operation: "ListObjectsV2", method: "GET", query: { "list-type": "2" } } as const;
  const east = { AWS_REGION: "us-east-1" };

  const cases: readonly {
    readonly name: string;
    readonly options?: Partial<ConnectOptions>;
    readonly files?: Record<string, string>;
    readonly env?: NodeJS.ProcessEnv;
    readonly url: string;
    readonly scope: string;
  }[] = [
    {
      name: "signs with a profile of boto",
      options: { profile: "jeff", endpoint: "http://127.0.0.1:9" },
      url: "http://127.0.0.1:9/photos?list-type=2",
      scope: "AKIAJEFF us-east-1",
    },
    {
      name: "signs with another profile for the other side",
      options: { profile: "jassy", endpoint: "s3-us-west-2.amazonaws.com" },
      url: "https://photos.s3-us-west-2.amazonaws.com/?list-type=2",
      scope: "AKIAJASSY us-west-2",
    },
    {
      name: "asks AWS in the configured region",
      options: { profile: "jeff" },
      env: { AWS_DEFAULT_REGION: "cn-north-1" },
      url: "https://photos.s3.cn-north-1.amazonaws.com.cn/?list-type=2",
      scope: "AKIAJEFF cn-north-1",
    },
    {
      name: "takes keys, region and path style of an AWS profile",
      options: { profile: "p" },
      files: {
        ".aws/config":
          "[profile p]\nregion=eu-west-1\naws_access_key_id=AKIAP\naws_secret_access_key=hunter2\ns3 =\n  addressing_style = path\n",
      },
      url: "https://s3.eu-west-1.amazonaws.com/photos?list-type=2",
      scope: "AKIAP eu-west-1",
    },
    {
      name: "takes host, scheme and calling format of boto",
      options: { profile: "jeff" },
      files: {
        ".boto": `${boto}[s3]\nhost = s3.example.org\ncalling_format=boto.s3.connection.SubdomainCallingFormat\n[Boto]\nis_secure=False\n`,
      },
      url: "http://photos.s3.example.org/?list-type=2",
      scope: "AKIAJEFF us-east-1",
    },
    {
      name: "lets the option for addressing go before boto's",
      options: { profile: "jeff", addressing: "virtual" },
      files: {
        ".boto": `${boto}[s3]\ncalling_format = boto.s3.connection.OrdinaryCallingFormat\n`,
      },
      env: east,
      url: "https://photos.s3.us-east-1.amazonaws.com/?list-type=2",
      scope: "AKIAJEFF us-east-1",
    },
    {
      name: "takes keys from the environment",
      env: {
        ...east,
        AWS_ACCESS_KEY_ID: "AKIAENV",
        AWS_SECRET_ACCESS_KEY: "hunter2",
        AWS_ENDPOINT_URL_S3: "http://127.0.0.1:9",
      },
      url: "http://127.0.0.1:9/photos?list-type=2",
      scope: "AKIAENV us-east-1",
    },
    {
      name: "uses the endpoint of FIPS 140 where it is asked for",
      options: { profile: "jeff" },
      env: { ...east, AWS_USE_FIPS_ENDPOINT: "true" },
      url: "https://photos.s3-fips.us-east-1.amazonaws.com/?list-type=2",
      scope: "AKIAJEFF us-east-1",
    },
  ];
  for (const { name, options, files, env, url, scope } of cases) {
    test(name, async () => {
      const { sent, connect } = await rig({ ".boto": boto, ...files });
      const bucket = await connect(options, env);
      assert.equal(sent.length, 0);
      await bucket.s3.send({ ...list, bucket: bucket.name });
      assert.deepEqual(
        sent.map(({ origin, path }) => origin + path),
        [url],
      );
      assert.equal(scopeOf(sent[0]), scope);
    });
  }

  describe("of a region that nothing tells", () => {
    const answers: readonly {
      readonly name: string;
      readonly status: number;
      readonly region?: string;
      readonly found: string;
    }[] = [
      { name: "learns it from a redirect", status: 301, region: "eu-west-1", found: "eu-west-1" },
      { name: "learns it from a refusal", status: 403, region: "eu-south-2", found: "eu-south-2" },
      {
        name: "learns it from a complaint about the signature",
        status: 400,
        region: "ap-south-1",
        found: "ap-south-1",
      },
      {
        name: "learns that it was the first",
        status: 200,
        region: "us-east-1",
        found: "us-east-1",
      },
      { name: "takes the first for a bucket that is not there", status: 404, found: "us-east-1" },
    ];
    for (const { name, status, region, found } of answers) {
      test(name, async () => {
        const { sent, connect } = await rig({ ".boto": boto }, ({ method }) =>
          method === "HEAD"
            ? { status, headers: region === undefined ? {} : { "x-amz-bucket-region": region } }
            : { status: 200 },
        );
        const bucket = await connect({ profile: "jeff" });
        await bucket.s3.send({ ...list, bucket: bucket.name });
        assert.equal(bucket.region, found);
        assert.equal(bucket.endpoint, `https://s3.${found}.amazonaws.com`);
        assert.deepEqual(
          sent.map(({ method, origin }) => `${method} ${origin}`),
          [
            "HEAD https://photos.s3.us-east-1.amazonaws.com",
            `GET https://photos.s3.${found}.amazonaws.com`,
          ],
        );
        assert.equal(scopeOf(sent[1]), `AKIAJEFF ${found}`);
      });
    }

    test("says so when AWS cannot be reached, and closes what it opened", async () => {
      const { closed, connect } = await rig({ ".boto": boto }, () => {
        throw new TransportError("ENOTFOUND", "HEAD https://x: getaddrinfo", "unsent");
      });
      await assert.rejects(connect({ profile: "jeff" }), {
        name: "UserError",
        reason: "failed",
        message:
          'cannot find the region of the bucket "photos": no address is known of https://s3.us-east-1.amazonaws.com',
      });
      assert.deepEqual(closed, [1]);
    });
  });

  test("sends who pays and who must own the bucket with each request", async () => {
    const { connect } = await rig({ ".boto": boto });
    const bucket = await connect(
      { profile: "jeff", requesterPays: true, expectedOwner: "123456789012" },
      east,
    );
    assert.deepEqual(bucket.headers, {
      "x-amz-request-payer": "requester",
      "x-amz-expected-bucket-owner": "123456789012",
    });
  });

  const attempts: readonly {
    readonly env?: NodeJS.ProcessEnv;
    readonly options?: Partial<ConnectOptions>;
    readonly retries?: number;
    readonly sent: number;
  }[] = [
    { env: { AWS_MAX_ATTEMPTS: "1" }, retries: 5, sent: 1 },
    { retries: 0, sent: 1 },
    { env: { AWS_MAX_ATTEMPTS: "5" }, options: { maxAttempts: 1 }, sent: 1 },
  ];
  for (const { env, options, retries, sent: count } of attempts) {
    test(`tries as often as ${JSON.stringify({ env, options, retries })} says`, async () => {
      const file = retries === undefined ? boto : `${boto}[Boto]\nnum_retries = ${retries}\n`;
      const { sent, connect } = await rig({ ".boto": file }, () => ({ status: 500 }));
      const bucket = await connect({ profile: "jeff", ...options }, { ...east, ...env });
      await assert.rejects(bucket.s3.send({ ...list, bucket: bucket.name }), { name: "S3Error" });
      assert.equal(sent.length, count);
    });
  }

  test("trusts the authorities that the environment, else the profile, else boto names", async () => {
    const pem = (name: string) =>
      `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
    const { made, connect } = await rig({
      ".boto": `${boto}[Boto]\nca_certificates_file = ~/boto.pem\n`,
      ".aws/config": "[profile jassy]\nca_bundle = ~/aws.pem\n",
      "boto.pem": pem("boto"),
      "aws.pem": pem("aws"),
      "env.pem": pem("env"),
    });
    await connect({ profile: "jeff" }, east);
    await connect({ profile: "jassy" }, east);
    await connect({ profile: "jassy" }, { ...east, AWS_CA_BUNDLE: "env.pem" });
    assert.deepEqual(
      made.map(({ ca }) => ca),
      [pem("boto"), pem("aws"), pem("env")],
    );
  });

  test("has connections for all requests that may be under way", async () => {
    const { made, connect } = await rig({ ".boto": boto });
    await connect({ profile: "jeff", concurrency: 100 }, east);
    assert.ok((made[0]?.connections ?? 0) >= 200);
  });

  test("shares a transport between sides that trust the same", async () => {
    const { made, connect } = await rig({
      ".boto": boto,
      "ca.pem": "-----BEGIN CERTIFICATE-----\n",
    });
    const shared = sharedTransports((options) => {
      made.push(options);
      return Promise.resolve({
        send: () => Promise.reject(new Error("none")),
        close: () => Promise.resolve(),
      });
    });
    await connect({ profile: "jeff", transport: shared }, east);
    await connect({ profile: "jassy", transport: shared }, east);
    assert.equal(made.length, 1);
    await connect({ profile: "jassy", transport: shared }, { ...east, AWS_CA_BUNDLE: "ca.pem" });
    assert.equal(made.length, 2);
  });

  test("passes warnings on", async () => {
    const { home, warned, connect } = await rig({
      ".boto": boto,
      ".aws/config": "[default]\nhunter2\n",
    });
    await connect({ profile: "jeff" }, east);
    assert.deepEqual(warned, [
      `line 2 of ${join(home, ".aws/config")} is passed over: neither a [section] nor "name = value"`,
    ]);
  });

  const refused: readonly {
    readonly name: string;
    readonly options?: Partial<ConnectOptions>;
    readonly env?: NodeJS.ProcessEnv;
    readonly reason: string;
    readonly says: RegExp;
  }[] = [
    {
      name: "a bucket with a prefix",
      options: { bucket: "s3://photos/x" },
      reason: "usage",
      says: /^cannot use "s3:\/\/photos\/x" as a bucket's name$/,
    },
    {
      name: "an account that is none",
      options: { profile: "jeff", expectedOwner: "me" },
      reason: "usage",
      says: /"me"/,
    },
    {
      name: "a number of attempts that is none",
      options: { profile: "jeff" },
      env: { ...east, AWS_MAX_ATTEMPTS: "many" },
      reason: "usage",
      says: /"many"/,
    },
    {
      name: "authorities that are not there",
      options: { profile: "jeff" },
      env: { ...east, AWS_CA_BUNDLE: "/no/such.pem" },
      reason: "missing",
      says: /"\/no\/such.pem": there is no such file/,
    },
    {
      name: "a file without certificates",
      options: { profile: "jeff" },
      env: { ...east, AWS_CA_BUNDLE: ".boto" },
      reason: "usage",
      says: /none in PEM form/,
    },
    {
      name: "an unknown profile",
      options: { profile: "jef" },
      env: east,
      reason: "missing",
      says: /^cannot find the profile "jef"$/,
    },
    {
      name: "to go on without credentials",
      env: east,
      reason: "denied",
      says: /^cannot find credentials$/,
    },
    {
      name: "a region that is none",
      options: { profile: "jeff", region: "evil.example.org/" },
      reason: "usage",
      says: /region/,
    },
  ];
  for (const { name, options, env, reason, says } of refused) {
    test(`refuses ${name}, with no request and no secret`, async () => {
      const { sent, connect } = await rig({ ".boto": boto });
      await assert.rejects(connect(options, env), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.equal(error.reason, reason);
        assert.match(error.message, says);
        assert.ok(!`${error.stack} ${error.hint}`.includes("hunter2"));
        return true;
      });
      assert.equal(sent.length, 0);
    });
  }

  const loads = [
    {
      name: "does not load the AWS SDK for keys that stand in a file",
      profile: "jeff",
      loaded: false,
    },
    {
      name: "loads the AWS SDK for a profile that runs a program",
      profile: "program",
      loaded: true,
    },
  ];
  for (const { name, profile, loaded } of loads) {
    test(name, async () => {
      const printed = '{"Version":1,"AccessKeyId":"AKIAP","SecretAccessKey":"hunter2"}';
      const { connect } = await rig({
        ".boto": boto,
        ".aws/config": `[profile program]\ncredential_process = echo '${printed}'\n`,
      });
      const resolved: string[] = [];
      const hooks = registerHooks({
        resolve(specifier, context, next) {
          resolved.push(specifier);
          return next(specifier, context);
        },
      });
      try {
        await connect({ profile }, east);
      } finally {
        hooks.deregister();
      }
      assert.equal(resolved.includes("@aws-sdk/credential-providers"), loaded);
    });
  }

  for (const CAMPANILE_HTTP of [undefined, "wire", "undici"]) {
    test(`carries requests itself when nothing else is given: CAMPANILE_HTTP=${CAMPANILE_HTTP ?? ""}`, async () => {
      const server = createServer((request, response) => {
        response.end(`${request.method} ${request.url}`);
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { connect } = await rig({ ".boto": boto });
      const port = (server.address() as AddressInfo).port;
      const bucket = await connect(
        { profile: "jeff", endpoint: `http://127.0.0.1:${port}`, transport: undefined },
        { CAMPANILE_HTTP },
      );
      try {
        const { bytes } = await bucket.s3.fetch({ ...list, bucket: bucket.name });
        assert.equal(bytes.toString(), "GET /photos?list-type=2");
      } finally {
        await bucket.s3.close();
        server.close();
      }
    });
  }

  test("carries them by what is asked for, then by what CAMPANILE_HTTP names, and else by the wire", async () => {
    const { made, connect } = await rig({ ".boto": boto });
    await connect({ profile: "jeff" }, east);
    await connect({ profile: "jeff" }, { ...east, CAMPANILE_HTTP: "undici" });
    await connect({ profile: "jeff", http: "wire" }, { ...east, CAMPANILE_HTTP: "undici" });
    assert.deepEqual(
      made.map(({ client }) => client),
      ["wire", "undici", "wire"],
    );
    const behind = { ...east, HTTPS_PROXY: "proxy:3128" };
    await connect({ profile: "jeff" }, behind);
    await connect({ profile: "jeff" }, { ...behind, NO_PROXY: "amazonaws.com" });
    assert.deepEqual(
      made.slice(3).map(({ client, proxy }) => [client, proxy]),
      [
        ["undici", "http://proxy:3128/"],
        ["wire", undefined],
      ],
    );
    await assert.rejects(connect({ profile: "jeff", http: "wire" }, behind), {
      reason: "usage",
      message: "cannot carry requests by the wire through a proxy",
    });
    await assert.rejects(connect({ profile: "jeff" }, { ...east, CAMPANILE_HTTP: "curl" }), {
      reason: "usage",
      message: 'cannot carry requests by "curl"',
    });
  });

  test("trusts a private authority only where AWS_CA_BUNDLE names it", async () => {
    const server = createTlsServer({ key: privateKey, cert: certificate }, (_request, response) => {
      response.end("<ok/>");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { connect } = await rig({ ".boto": boto, "ca.pem": certificate });
    const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = async (env: NodeJS.ProcessEnv) => {
      const bucket = await connect({ profile: "jeff", endpoint, transport: undefined }, env);
      try {
        const { bytes } = await bucket.s3.fetch({ ...list, bucket: bucket.name });
        return bytes.toString();
      } catch (error) {
        const { message, hint } = explain(error, "list it", bucket);
        return `${message}; ${hint}`;
      } finally {
        await bucket.s3.close();
      }
    };
    try {
      assert.match(
        await ask({}),
        /^cannot list it: the certificate of https:\/\/127\.0\.0\.1:\d+ is of an authority that is not trusted here .*AWS_CA_BUNDLE=/,
      );
      assert.equal(await ask({ AWS_CA_BUNDLE: "~/ca.pem" }), "<ok/>");
    } finally {
      server.close();
    }
  });
});

/** The access key and the region of a request's signature. */
function scopeOf(request: HttpRequest | undefined): string {
  const [, id, region] =
    /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request?.headers["authorization"] ?? "") ?? [];
  return `${id} ${region}`;
}

function replyOf({ status, headers = {} }: ReturnType<Answer>): HttpReply {
  return {
    status,
    headers,
    bytes: () => Promise.resolve(Buffer.alloc(0)),
    stream: async function* () {},
    discard: () => {},
  };
}
