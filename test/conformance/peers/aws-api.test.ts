import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { seededBytes } from "../../support/file-tree.ts";
import { needsPeers, openPeerHome, succeeded } from "../../support/peers.ts";
import type { PeerHome } from "../../support/peers.ts";

/** A call, and some of the answer's fields, or what its text is like, or the code of the error. */
type Call = readonly [line: string, answer: object | RegExp | string];

interface UploadedPart {
  readonly PartNumber: number;
  readonly ETag: string;
  readonly Size: number;
  readonly LastModified: string;
}

const mib = 2 ** 20;
const bucket = "source-bucket";
const body = seededBytes("body", 1000);
const parts = [seededBytes("first", 5 * mib), seededBytes("second", 1000)] as const;
const whole = Buffer.concat(parts);
const etag = `"${md5(body).toString("hex")}"`;
const sha256OfNothing = createHash("sha256").digest("base64");
const partEtags = parts.map((part) => `"${md5(part).toString("hex")}"`);
const wholeEtag = `"${md5(...parts.map((part) => md5(part))).toString("hex")}-2"`;

/**
 * Single operations, as the AWS CLI sends them and reads the answers. Each case has keys of its
 * own; the words `body`, `first` and `second` are files, and `out` is where a GET writes to.
 */
const cases: readonly { readonly name: string; readonly calls: readonly Call[] }[] = [
  {
    name: "an object has the headers it was put with",
    calls: [
      [
        "put-object --key a --body body --content-type text/x-y --metadata who=jeff",
        { ETag: etag },
      ],
      [
        "head-object --key a",
        { ETag: etag, ContentLength: 1000, ContentType: "text/x-y", Metadata: { who: "jeff" } },
      ],
      ["get-object --key a --range bytes=10-19 out", { ContentRange: "bytes 10-19/1000" }],
    ],
  },
  {
    name: "a key that is there is not put again with --if-none-match",
    calls: [
      ["put-object --key once --body body --if-none-match *", { ETag: etag }],
      ["put-object --key once --body body --if-none-match *", "PreconditionFailed"],
      [`put-object --key once --body body --if-match ${partEtags[0]}`, "PreconditionFailed"],
      [`delete-object --key once --if-match ${partEtags[0]}`, "PreconditionFailed"],
      [`get-object --key once --if-none-match ${etag} out`, "304"],
    ],
  },
  {
    name: "tags are put, with an object or by themselves, and read",
    calls: [
      ["put-object --key t --body body --tagging a=1&b=%20", { ETag: etag }],
      [
        "get-object-tagging --key t",
        {
          TagSet: [
            { Key: "a", Value: "1" },
            { Key: "b", Value: " " },
          ],
        },
      ],
      ["put-object-tagging --key t --tagging TagSet=[{Key=c,Value=é}]", {}],
      ["get-object-tagging --key t", { TagSet: [{ Key: "c", Value: "é" }] }],
    ],
  },
  {
    name: "a copy keeps the metadata or has it replaced, as the directive says",
    calls: [
      ["put-object --key from --body body --content-type a/b --metadata who=jeff", {}],
      [`copy-object --key to --copy-source ${bucket}/from`, { CopyObjectResult: { ETag: etag } }],
      ["head-object --key to", { ContentType: "a/b", Metadata: { who: "jeff" } }],
      [
        `copy-object --key to --copy-source ${bucket}/from --metadata-directive REPLACE ` +
          "--metadata new=1 --content-type c/d --storage-class STANDARD_IA",
        { CopyObjectResult: { ETag: etag } },
      ],
      [
        "head-object --key to",
        { ContentType: "c/d", Metadata: { new: "1" }, StorageClass: "STANDARD_IA" },
      ],
      [`copy-object --key from --copy-source ${bucket}/from`, "InvalidRequest"],
      [
        `copy-object --key to --copy-source ${bucket}/from --copy-source-if-match ${wholeEtag}`,
        "PreconditionFailed",
      ],
    ],
  },
  ...(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const).map((algorithm) => ({
    name: `a body with a ${algorithm} of the CLI's making is put and read`,
    calls: [
      [
        `put-object --key ${algorithm} --body body --checksum-algorithm ${algorithm}`,
        { ChecksumType: "FULL_OBJECT" },
      ],
      // The CLI computes the checksum of what it reads, and fails when it is another one.
      [
        `get-object --key ${algorithm} --checksum-mode ENABLED out`,
        { ChecksumType: "FULL_OBJECT" },
      ],
    ] as const,
  })),
  {
    name: "a body that is not what its checksum says is refused",
    calls: [
      [`put-object --key bad --body body --checksum-sha256 ${sha256OfNothing}`, "BadDigest"],
      ["put-object --key bad --body body --content-md5 1B2M2Y8AsgTpgAmY7PhCfg==", "BadDigest"],
      ["head-object --key bad", "404"],
    ],
  },
  {
    name: "an archived object is read only when it is restored",
    calls: [
      ["put-object --key cold --body body --storage-class GLACIER", {}],
      ["get-object --key cold out", "InvalidObjectState"],
      [`copy-object --key warm --copy-source ${bucket}/cold`, "ObjectNotInActiveTierError"],
      ["restore-object --key cold --restore-request Days=1,GlacierJobParameters={Tier=Bulk}", {}],
      [
        "head-object --key cold",
        /"ongoing-request=\\"false\\", expiry-date=\\"\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT\\""/,
      ],
      ["get-object --key cold out", { ETag: etag }],
    ],
  },
  {
    name: "an object encrypted with the client's key is read with it only",
    calls: [
      ["put-object --key c --body body --sse-customer-algorithm AES256 --sse-customer-key KEY", {}],
      ["head-object --key c", "400"],
      [
        "get-object --key c --sse-customer-algorithm AES256 --sse-customer-key KEY out",
        { SSECustomerAlgorithm: "AES256" },
      ],
    ],
  },
  {
    name: "a bucket is described",
    calls: [
      ["head-bucket", { BucketRegion: "us-east-1" }],
      ["get-bucket-location", { LocationConstraint: null }],
      [
        "get-bucket-encryption",
        {
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
          },
        },
      ],
      ["get-bucket-policy", "NoSuchBucketPolicy"],
      ["put-object-acl --key a --acl public-read", "AccessControlListNotSupported"],
    ],
  },
];

describe("aws s3api", needsPeers("aws"), () => {
  let home: PeerHome;

  before(async () => {
    home = await openPeerHome();
    const files = { body, first: parts[0], second: parts[1], whole };
    for (const [name, bytes] of Object.entries(files)) {
      await writeFile(join(home.directory, name), bytes);
    }
    await answer("create-bucket");
  });
  after(() => home.close());

  /** Sends one operation; words are separated by one space each. */
  function send(line: string, to = bucket) {
    const [operation = "", ...args] = line
      .split(" ")
      .map((word) => (word === "KEY" ? "k".repeat(32) : word));
    return home.run("aws", ["s3api", operation, "--bucket", to, ...args]);
  }

  /** Sends one that must succeed; gives the answer, `{}` for an empty one. */
  async function answer(line: string, to = bucket): Promise<Record<string, unknown>> {
    const stdout = succeeded(await send(line, to));
    return stdout === "" ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  }

  async function expect([line, expected]: Call, to = bucket): Promise<void> {
    if (typeof expected === "string") {
      const { stderr, status } = await send(line, to);
      assert.notEqual(status, 0, line);
      assert.match(stderr, new RegExp(`An error occurred \\(${expected}\\)`), line);
    } else if (expected instanceof RegExp) {
      assert.match(succeeded(await send(line, to)), expected, line);
    } else {
      assert.partialDeepStrictEqual(await answer(line, to), expected, line);
    }
  }

  for (const { name, calls } of cases) {
    test(name, async () => {
      for (const call of calls) await expect(call);
    });
  }

  test("a list comes in pages of one entry, with folders among them", async () => {
    const listed = "source-listed";
    await answer("create-bucket", listed);
    const keys = ["a", "b/1", "b/2", "c%20+é"];
    for (const key of keys) await expect([`put-object --key ${key} --body body`, {}], listed);
    home.takeRequests();
    const all = { Contents: keys.map((Key) => ({ Key, Size: 1000 })) };
    await expect(["list-objects-v2 --page-size 1", all], listed);
    assert.deepEqual(home.takeRequests(), { ListObjectsV2: 4 });
    for (const operation of ["list-objects-v2", "list-objects"]) {
      const folders = await answer(`${operation} --page-size 1 --delimiter /`, listed);
      assert.partialDeepStrictEqual(folders, {
        Contents: [{ Key: keys[0] }, { Key: keys[3] }],
        CommonPrefixes: [{ Prefix: "b/" }],
      });
      assert.deepEqual(Object.values(home.takeRequests()), [3], operation);
    }
    await expect(
      [
        "list-objects-v2 --start-after a --prefix b/ --page-size 1 --query Contents[].Key",
        keys.slice(1, 3),
      ],
      listed,
    );
  });

  test("an upload is begun, listed, completed and read by its parts", async () => {
    const checksum = "--checksum-algorithm CRC32";
    const upload = await begin("whole", `${checksum} --tagging a=1`);
    for (const [index, file] of ["first", "second"].entries()) {
      await expect([
        `upload-part ${upload} --part-number ${index + 1} --body ${file} ${checksum}`,
        { ETag: partEtags[index] },
      ]);
    }
    await expect(["list-multipart-uploads", { Uploads: [{ Key: "whole" }] }]);
    const { Parts } = (await answer(`list-parts ${upload} --page-size 1`)) as {
      Parts: UploadedPart[];
    };
    assert.deepEqual(
      Parts.map(({ PartNumber, ETag, Size }) => [PartNumber, ETag, Size]),
      parts.map((part, index) => [index + 1, partEtags[index], part.length]),
    );
    // A part is named with its checksum, and without what only a list says of it.
    const named = Parts.map((part) => ({ ...part, Size: undefined, LastModified: undefined }));
    await writeFile(join(home.directory, "parts.json"), JSON.stringify({ Parts: named }));
    await expect([
      `complete-multipart-upload ${upload} --multipart-upload file://parts.json`,
      { ETag: wholeEtag, ChecksumType: "COMPOSITE", Bucket: bucket, Key: "whole" },
    ]);
    const calls: readonly Call[] = [
      ["list-multipart-uploads --query Uploads", /^null\n$|^$/],
      [`abort-multipart-upload ${upload}`, "NoSuchUpload"],
      ["head-object --key whole --part-number 1", { PartsCount: 2, ContentLength: 5 * mib }],
      [
        "head-object --key whole --part-number 2",
        { PartsCount: 2, ContentLength: 1000, ETag: wholeEtag },
      ],
      ["head-object --key whole --part-number 3", "416"],
      [
        "get-object --key whole --part-number 2 out",
        { ContentRange: `bytes ${5 * mib}-${whole.length - 1}/${whole.length}` },
      ],
      ["get-object-tagging --key whole", { TagSet: [{ Key: "a", Value: "1" }] }],
      [
        "get-object-attributes --key whole --object-attributes ETag ObjectParts ObjectSize Checksum",
        {
          ETag: wholeEtag.slice(1, -1),
          ObjectSize: whole.length,
          ObjectParts: { TotalPartsCount: 2 },
          Checksum: { ChecksumType: "COMPOSITE" },
        },
      ],
    ];
    for (const call of calls) await expect(call);
    assert.deepEqual(await readFile(join(home.directory, "out")), parts[1]);
    assert.deepEqual(home.server.store.bytes(bucket, "whole"), whole);
  });

  test("parts are copied from ranges of an object, and the upload is aborted", async () => {
    await expect(["put-object --key source --body whole", {}]);
    const upload = await begin("copied", "");
    const source = `--copy-source ${bucket}/source --copy-source-range`;
    const calls: readonly Call[] = [
      [
        `upload-part-copy ${upload} --part-number 1 ${source} bytes=0-${5 * mib - 1}`,
        { CopyPartResult: { ETag: partEtags[0] } },
      ],
      [
        `upload-part-copy ${upload} --part-number 2 ${source} bytes=${5 * mib}-${5 * mib + 999}`,
        { CopyPartResult: { ETag: partEtags[1] } },
      ],
      [
        `upload-part-copy ${upload} --part-number 3 ${source} bytes=0-${whole.length}`,
        "InvalidArgument",
      ],
      [`list-parts ${upload}`, { Parts: partEtags.map((ETag) => ({ ETag })) }],
      [`abort-multipart-upload ${upload}`, {}],
      [`list-parts ${upload}`, "NoSuchUpload"],
      ["head-object --key copied", "404"],
    ];
    for (const call of calls) await expect(call);
  });

  test("versions are kept, listed, read and deleted", async () => {
    const versioned = "source-versioned";
    await answer("create-bucket", versioned);
    await expect(["put-object --key k --body body", {}], versioned);
    await expect(
      ["put-bucket-versioning --versioning-configuration Status=Enabled", {}],
      versioned,
    );
    await expect(["get-bucket-versioning", { Status: "Enabled" }], versioned);
    const { VersionId } = await answer("put-object --key k --body second", versioned);
    const { VersionId: marker } = await answer("delete-object --key k", versioned);
    const calls: readonly Call[] = [
      ["get-object --key k out", "NoSuchKey"],
      [
        "list-object-versions --page-size 1",
        {
          Versions: [
            { VersionId, IsLatest: false, ETag: partEtags[1] },
            { VersionId: "null", IsLatest: false, ETag: etag },
          ],
          DeleteMarkers: [{ VersionId: marker, IsLatest: true }],
        },
      ],
      [`get-object --key k --version-id ${String(VersionId)} out`, { VersionId }],
      [
        `copy-object --key old --copy-source ${versioned}/k?versionId=null`,
        { CopySourceVersionId: "null" },
      ],
      [`delete-object --key k --version-id ${String(marker)}`, { DeleteMarker: true }],
      ["head-object --key k", { VersionId, ETag: partEtags[1] }],
    ];
    for (const call of calls) await expect(call, versioned);
  });

  test("many objects are deleted with one request, those that are not there too", async () => {
    for (const key of ["d1", "d2"]) await expect([`put-object --key ${key} --body body`, {}]);
    home.takeRequests();
    await expect([
      "delete-objects --delete Objects=[{Key=d1},{Key=d2},{Key=d3}]",
      { Deleted: [{ Key: "d1" }, { Key: "d2" }, { Key: "d3" }] },
    ]);
    await expect(["delete-objects --delete Objects=[{Key=d1}],Quiet=true", {}]);
    assert.deepEqual(home.takeRequests(), { DeleteObjects: 2 });
    assert.deepEqual(home.stored(bucket, "d").size, 0);
  });

  /** Begins an upload; gives the arguments that name it. */
  async function begin(key: string, options: string): Promise<string> {
    const { UploadId } = await answer(`create-multipart-upload --key ${key} ${options}`.trim());
    return `--key ${key} --upload-id ${String(UploadId)}`;
  }
});

function md5(...pieces: readonly Buffer[]): Buffer {
  return createHash("md5").update(Buffer.concat(pieces)).digest();
}
