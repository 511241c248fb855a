import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { awsEndpoint, bucketAddress, endpointIn, parseEndpoint, pathOf } from "./address.ts";

describe("parseEndpoint", () => {
  const hosts = [
    { text: "s3.amazonaws.com", url: "https://s3.amazonaws.com", region: "us-east-1", aws: true },
    { text: "s3-us-west-2.amazonaws.com", region: "us-west-2", aws: true },
    { text: "s3.eu-central-1.amazonaws.com", region: "eu-central-1", aws: true },
    {
      text: "S3.EU-Central-1.amazonaws.com",
      url: "https://s3.eu-central-1.amazonaws.com",
      region: "eu-central-1",
      aws: true,
    },
    { text: "s3.dualstack.eu-west-1.amazonaws.com", region: "eu-west-1", aws: true },
    { text: "s3-fips.us-gov-west-1.amazonaws.com", region: "us-gov-west-1", aws: true },
    { text: "s3-fips.dualstack.us-east-2.amazonaws.com", region: "us-east-2", aws: true },
    { text: "s3.cn-north-1.amazonaws.com.cn", region: "cn-north-1", aws: true },
    { text: "s3-external-1.amazonaws.com", region: "us-east-1", aws: true },
    { text: "s3-accelerate.amazonaws.com", region: undefined, aws: true },
    { text: "bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", region: "us-east-1", aws: false },
    { text: "localhost:9000", url: "https://localhost:9000", region: undefined, aws: false },
    { text: "http://127.0.0.1:9000/", url: "http://127.0.0.1:9000", region: undefined, aws: false },
    { text: "http://[::1]:9000", url: "http://[::1]:9000", region: undefined, aws: false },
    { text: "HTTPS://example.com:443", url: "https://example.com", region: undefined, aws: false },
    { text: "s3.amazonaws.com.example.com", region: undefined, aws: false },
    { text: "s3.us-east-1.notamazonaws.com", region: undefined, aws: false },
  ];
  for (const { text, url, region, aws } of hosts) {
    test(`reads ${text}`, () => {
      const endpoint = parseEndpoint(text);
      assert.equal(`${endpoint.protocol}//${endpoint.host}`, url ?? `https://${text}`);
      assert.equal(endpoint.region, region);
      assert.equal(endpoint.aws, aws);
    });
  }

  const wrong = [
    { text: "", why: /not a host/ },
    { text: "a b", why: /not a host/ },
    { text: "ftp://example.com", why: /not http/ },
    { text: "http://example.com/bucket", why: /has a path/ },
    { text: "example.com/bucket", why: /has a path/ },
    { text: "http://example.com?x", why: /has a path/ },
    { text: "http://me:secret@example.com", why: /has a user/ },
  ];
  for (const { text, why } of wrong) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseEndpoint(text), {
        name: "UserError",
        reason: "usage",
        message: why,
      });
    });
  }

  test("does not repeat a password in its message", () => {
    assert.throws(
      () => parseEndpoint("http://me:secret@example.com"),
      (error: Error) => !error.message.includes("secret") && error.message.includes("example.com"),
    );
  });
});

describe("awsEndpoint", () => {
  const regions = [
    { region: "us-east-1", host: "s3.us-east-1.amazonaws.com" },
    { region: "us-gov-west-1", host: "s3.us-gov-west-1.amazonaws.com" },
    { region: "cn-northwest-1", host: "s3.cn-northwest-1.amazonaws.com.cn" },
    { region: "us-iso-east-1", host: "s3.us-iso-east-1.c2s.ic.gov" },
    { region: "us-isob-east-1", host: "s3.us-isob-east-1.sc2s.sgov.gov" },
    { region: "eu-isoe-west-1", host: "s3.eu-isoe-west-1.cloud.adc-e.uk" },
    { region: "us-isof-south-1", host: "s3.us-isof-south-1.csp.hci.ic.gov" },
    { region: "eusc-de-east-1", host: "s3.eusc-de-east-1.amazonaws.eu" },
  ];
  for (const { region, host } of regions) {
    test(`finds ${region} in its partition`, () => {
      assert.deepEqual(awsEndpoint(region), { protocol: "https:", host, region, aws: true });
    });
  }

  test("refuses what would name another host", () => {
    assert.throws(() => awsEndpoint("x.example.com/"), { name: "UserError" });
  });
});

describe("endpointIn", () => {
  const cases = [
    { from: "s3.us-east-1.amazonaws.com", host: "s3.eu-west-1.amazonaws.com" },
    { from: "s3.amazonaws.com", host: "s3.eu-west-1.amazonaws.com" },
    { from: "s3-us-west-2.amazonaws.com", host: "s3.eu-west-1.amazonaws.com" },
    { from: "s3.dualstack.us-east-1.amazonaws.com", host: "s3.dualstack.eu-west-1.amazonaws.com" },
    { from: "s3-fips.us-east-1.amazonaws.com", host: "s3-fips.eu-west-1.amazonaws.com" },
    { from: "s3-accelerate.amazonaws.com", host: "s3-accelerate.amazonaws.com" },
    {
      from: "b.vpce-1.s3.us-east-1.vpce.amazonaws.com",
      host: "b.vpce-1.s3.us-east-1.vpce.amazonaws.com",
    },
    { from: "localhost:9000", host: "localhost:9000" },
  ];
  for (const { from, host } of cases) {
    test(`asks ${host} where ${from} was asked`, () => {
      assert.equal(endpointIn("eu-west-1", parseEndpoint(from)).host, host);
    });
  }

  test("does not follow a region that is no region's name", () => {
    const endpoint = awsEndpoint("us-east-1");
    assert.equal(endpointIn("evil.example.com/", endpoint), endpoint);
  });
});

describe("bucketAddress", () => {
  const aws = awsEndpoint("eu-west-1");
  const own = parseEndpoint("http://127.0.0.1:9000");
  const cases = [
    {
      name: "names a bucket of AWS in the host",
      endpoint: aws,
      bucket: "photos",
      key: "a",
      at: "https://photos.s3.eu-west-1.amazonaws.com",
      path: "/a",
    },
    {
      name: "names a bucket with a dot in the path, for the certificate",
      endpoint: aws,
      bucket: "my.photos",
      key: "a",
      at: "https://s3.eu-west-1.amazonaws.com",
      path: "/my.photos/a",
    },
    {
      name: "names an old bucket with capitals in the path",
      endpoint: aws,
      bucket: "Photos_1",
      key: "a",
      at: "https://s3.eu-west-1.amazonaws.com",
      path: "/Photos_1/a",
    },
    {
      name: "names a bucket of another server in the path",
      endpoint: own,
      bucket: "photos",
      key: "a",
      at: "http://127.0.0.1:9000",
      path: "/photos/a",
    },
    {
      name: "asks for the bucket itself",
      endpoint: own,
      bucket: "photos",
      key: undefined,
      at: "http://127.0.0.1:9000",
      path: "/photos",
    },
    {
      name: "asks for the bucket itself by host",
      endpoint: aws,
      bucket: "photos",
      key: undefined,
      at: "https://photos.s3.eu-west-1.amazonaws.com",
      path: "/",
    },
    {
      name: "asks for the service",
      endpoint: aws,
      bucket: "",
      key: undefined,
      at: "https://s3.eu-west-1.amazonaws.com",
      path: "/",
    },
    {
      name: "keeps slashes and dots of a key",
      endpoint: own,
      bucket: "b",
      key: "/../a//./",
      at: "http://127.0.0.1:9000",
      path: "/b//../a//./",
    },
    {
      name: "encodes a key",
      endpoint: own,
      bucket: "b",
      key: "a b?#%\n",
      at: "http://127.0.0.1:9000",
      path: "/b/a%20b%3F%23%25%0A",
    },
    {
      name: "encodes what is no bucket",
      endpoint: own,
      bucket: "a/b?",
      key: undefined,
      at: "http://127.0.0.1:9000",
      path: "/a%2Fb%3F",
    },
    {
      name: "can be told to use the path",
      endpoint: aws,
      bucket: "photos",
      key: "a",
      addressing: "path" as const,
      at: "https://s3.eu-west-1.amazonaws.com",
      path: "/photos/a",
    },
    {
      name: "can be told to use the host",
      endpoint: parseEndpoint("http://localhost:9000"),
      bucket: "photos",
      key: "a",
      addressing: "virtual" as const,
      at: "http://photos.localhost:9000",
      path: "/a",
    },
    {
      name: "may have dots in the host without a certificate",
      endpoint: parseEndpoint("http://localhost:9000"),
      bucket: "my.photos",
      key: "a",
      addressing: "virtual" as const,
      at: "http://my.photos.localhost:9000",
      path: "/a",
    },
  ];
  for (const { name, endpoint, bucket, key, addressing, at, path } of cases) {
    test(name, () => {
      const address = bucketAddress(endpoint, bucket, addressing);
      assert.equal(address.origin, at);
      assert.equal(address.host, at.replace(/^https?:\/\//, ""));
      assert.equal(pathOf(address, key), path);
    });
  }

  test("refuses a host name that cannot be", () => {
    assert.throws(() => bucketAddress(aws, "a/b", "virtual"), { name: "UserError" });
    assert.throws(() => bucketAddress(aws, "my.photos", "virtual"), { name: "UserError" });
    assert.throws(
      () => bucketAddress(parseEndpoint("http://127.0.0.1:9000"), "photos", "virtual"),
      { name: "UserError" },
    );
  });
});
