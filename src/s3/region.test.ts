import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { parseEndpoint } from "./address.ts";
import { configuredRegion } from "./region.ts";

describe("the region", () => {
  const cases: readonly {
    readonly name: string;
    readonly region?: string;
    readonly endpoint?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly profile?: string;
    readonly found: string | undefined;
  }[] = [
    {
      name: "is the option's before all",
      region: "r",
      endpoint: "s3.eu-west-1.amazonaws.com",
      env: { AWS_REGION: "e" },
      found: "r",
    },
    {
      name: "is the one in the endpoint's host",
      endpoint: "s3-us-west-2.amazonaws.com",
      env: { AWS_REGION: "e" },
      found: "us-west-2",
    },
    {
      name: "is AWS_REGION before AWS_DEFAULT_REGION",
      env: { AWS_REGION: "e", AWS_DEFAULT_REGION: "d" },
      profile: "p",
      found: "e",
    },
    {
      name: "is AWS_DEFAULT_REGION before the profile's",
      env: { AWS_DEFAULT_REGION: "d" },
      profile: "p",
      found: "d",
    },
    { name: "is the profile's", profile: "p", found: "p" },
    { name: "is not an empty variable", env: { AWS_REGION: "" }, profile: "p", found: "p" },
    { name: "is not an empty setting", profile: "", found: undefined },
    { name: "is to be asked of AWS", found: undefined },
    { name: "is us-east-1 elsewhere", endpoint: "http://127.0.0.1:9000", found: "us-east-1" },
    {
      name: "is the environment's elsewhere",
      endpoint: "http://127.0.0.1:9000",
      env: { AWS_REGION: "garage" },
      found: "garage",
    },
  ];
  for (const { name, region, endpoint, env = {}, profile, found } of cases) {
    test(name, () => {
      const settings = profile === undefined ? undefined : new Map([["region", profile]]);
      const at = endpoint === undefined ? undefined : parseEndpoint(endpoint);
      assert.equal(configuredRegion({ region, env, settings, endpoint: at }), found);
    });
  }
});
