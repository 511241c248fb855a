import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Command } from "commander";
import { copyArguments, copyOptionNames, type CopyOptions } from "../stages/copy-options.ts";
import { copyOptions, copyOptionsOf, type CopyValues } from "./copy-options.ts";

const all: CopyOptions = {
  via: "stream",
  sse: "aws:kms",
  sseKmsKeyId: "arn:aws:kms:eu-west-1:1:key/a",
  bucketKey: true,
  srcSseCKeyFile: "./a key",
  storageClass: "STANDARD_IA",
  acl: "private",
  metadataDirective: "replace",
  metadata: { a: "-b=c d", b: "ü" },
  cacheControl: "no-store",
  contentType: "text/plain; charset=utf-8",
  contentDisposition: "inline",
  contentEncoding: "gzip",
  contentLanguage: "de",
  expires: "Wed, 21 Oct 2026 07:28:00 GMT",
  taggingDirective: "replace",
  tags: { x: "1=2", y: "" },
  websiteRedirect: "/a",
  objectLock: "keep",
  checksumAlgorithm: "SHA256",
  noOverwrite: true,
  stripPrefix: "-a",
  toPrefix: "b/",
  rewriteKey: "s/a/b/g",
  restoredOnly: true,
  verify: "checksum",
};

describe("the options of a copy", () => {
  test("are the same again when they were a command line", () => {
    assert.deepEqual(parse(copyArguments(all)), all);
    for (const more of [{ ifUnchanged: true }, { dstSseCKeyFile: "k" }]) {
      const options = { via: "auto", ...more } as const;
      assert.deepEqual(parse(copyArguments(options)), options);
    }
  });

  test("are all declared", () => {
    const declared = copyOptions().map((option) => option.attributeName());
    assert.deepEqual(
      declared.map((name) => ({ tag: "tags", overwrite: "noOverwrite" })[name] ?? name).sort(),
      [...copyOptionNames].sort(),
    );
  });

  test("have S3's names of metadata in lower case", () => {
    assert.deepEqual(parse(["--metadata", "Author=A"]).metadata, { author: "A" });
  });

  const bad: readonly (readonly [string, RegExp])[] = [
    ["--via both", /via/],
    ["--metadata a", /NAME=VALUE/],
    ["--metadata ü=1", /NAME=VALUE/],
    ["--rewrite-key s/a", /s\/PATTERN/],
    ["--website-redirect there", /begins with/],
    ["--cache-control ü", /ASCII/],
    ["--sse-kms-key-id k", /--sse-kms-key-id/],
    ["--sse AES256 --bucket-key", /--bucket-key/],
    ["--sse AES256 --dst-sse-c-key-file k", /--sse and/],
    ["--tag a=b", /--tag/],
    ["--no-overwrite --if-unchanged", /--no-overwrite and/],
  ];
  for (const [args, says] of bad) {
    test(`refuse ${args}`, () => {
      assert.throws(() => parse(args.split(" ")), says);
    });
  }
});

function parse(args: readonly string[]): CopyOptions {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const option of copyOptions()) command.addOption(option);
  command.parse([...args], { from: "user" });
  return copyOptionsOf(command.opts<CopyValues>());
}
