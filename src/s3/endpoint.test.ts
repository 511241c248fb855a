import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { UserError } from "../errors.ts";
import { findEndpoint, regionalEndpoint, type EndpointPlaces } from "./endpoint.ts";

describe("the endpoint", () => {
  const nowhere = {
    env: {},
    settings: undefined,
    services: new Map(),
    boto: { host: undefined, secure: true },
  };
  const settings = (more: Record<string, string>) => new Map(Object.entries(more));
  const services = new Map([["mine", settings({ "s3.endpoint_url": "http://of-service" })]]);
  const of = (host: string) => ({ host, secure: true });

  const cases: readonly (Partial<EndpointPlaces> & {
    readonly name: string;
    readonly origin?: string;
  })[] = [
    { name: "is AWS's own where nothing says otherwise" },
    {
      name: "is the option's, a host as in the original",
      endpoint: "s3-us-west-2.amazonaws.com",
      origin: "https://s3-us-west-2.amazonaws.com",
    },
    {
      name: "is the option's, a URL",
      endpoint: "http://127.0.0.1:9000",
      env: { AWS_ENDPOINT_URL_S3: "http://of-env" },
      origin: "http://127.0.0.1:9000",
    },
    {
      name: "is that of S3 before that of all services",
      env: { AWS_ENDPOINT_URL_S3: "http://of-s3", AWS_ENDPOINT_URL: "http://of-all" },
      origin: "http://of-s3",
    },
    {
      name: "is the environment's before the profile's",
      env: { AWS_ENDPOINT_URL: "http://of-all" },
      settings: settings({ endpoint_url: "http://of-profile" }),
      origin: "http://of-all",
    },
    {
      name: "is that of the profile's services before the profile's",
      settings: settings({ services: "mine", endpoint_url: "http://of-profile" }),
      services,
      origin: "http://of-service",
    },
    {
      name: "is the profile's before boto's",
      settings: settings({ endpoint_url: "http://of-profile" }),
      boto: of("of-boto"),
      origin: "http://of-profile",
    },
    { name: "is boto's", boto: of("of-boto:8080"), origin: "https://of-boto:8080" },
    {
      name: "is plain http where boto says so",
      boto: { host: "of-boto", secure: false },
      origin: "http://of-boto",
    },
    {
      name: "is https where its URL says so",
      endpoint: "https://x",
      boto: { host: undefined, secure: false },
      origin: "https://x",
    },
    {
      name: "is not the configured one when that is to be ignored",
      env: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true", AWS_ENDPOINT_URL: "http://of-all" },
      settings: settings({ endpoint_url: "http://of-profile" }),
    },
    {
      name: "is not the profile's when the profile says to ignore it",
      settings: settings({
        ignore_configured_endpoint_urls: "TRUE",
        endpoint_url: "http://of-profile",
      }),
    },
    {
      name: "is the option's also when configured ones are ignored",
      endpoint: "http://x",
      env: { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" },
      origin: "http://x",
    },
    {
      name: "is AWS's own for the global host that the original named",
      boto: of("s3.amazonaws.com"),
    },
    { name: "is not an empty variable", env: { AWS_ENDPOINT_URL_S3: "" } },
  ];
  for (const { name, origin, ...places } of cases) {
    test(name, () => {
      const found = findEndpoint({ ...nowhere, ...places });
      assert.equal(found && `${found.protocol}//${found.host}`, origin);
    });
  }

  test("with credentials in it is refused, and they are not shown", () => {
    assert.throws(
      () => findEndpoint({ ...nowhere, endpoint: "http://me:hunter2@host" }),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.equal(error.reason, "usage");
        assert.ok(!`${error.stack} ${error.hint}`.includes("hunter2"));
        return true;
      },
    );
  });

  const regional: readonly {
    readonly env: NodeJS.ProcessEnv;
    readonly region: string;
    readonly host: string;
  }[] = [
    { env: {}, region: "eu-west-1", host: "s3.eu-west-1.amazonaws.com" },
    { env: {}, region: "cn-north-1", host: "s3.cn-north-1.amazonaws.com.cn" },
    {
      env: { AWS_USE_FIPS_ENDPOINT: "true" },
      region: "us-gov-west-1",
      host: "s3-fips.us-gov-west-1.amazonaws.com",
    },
    {
      env: { AWS_USE_DUALSTACK_ENDPOINT: "true" },
      region: "eu-west-1",
      host: "s3.dualstack.eu-west-1.amazonaws.com",
    },
    {
      env: { AWS_USE_FIPS_ENDPOINT: "TRUE", AWS_USE_DUALSTACK_ENDPOINT: "true" },
      region: "us-east-1",
      host: "s3-fips.dualstack.us-east-1.amazonaws.com",
    },
    {
      env: { AWS_USE_FIPS_ENDPOINT: "false" },
      region: "us-east-1",
      host: "s3.us-east-1.amazonaws.com",
    },
  ];
  for (const { env, region, host } of regional) {
    test(`of a region is ${host}`, () => {
      assert.equal(regionalEndpoint(region, env, undefined).host, host);
    });
  }
});
