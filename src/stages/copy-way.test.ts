import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { S3Bucket } from "../s3/client.ts";
import { S3Error } from "../s3/error.ts";
import { TransportError } from "../s3/transport.ts";
import type { Via } from "./copy-options.ts";
import { CopyWay } from "./copy-way.ts";
import { memoryOfWay } from "./shared-way.ts";

const denied = new S3Error("AccessDenied", "no", { status: 403 });
const refusals = [
  denied,
  new S3Error("NotImplemented", "no", { status: 501 }),
  new S3Error("InvalidRequest", "no", { status: 400 }),
  new S3Error("NoSuchBucket", "no", { status: 404 }),
  new S3Error("PermanentRedirect", "no", { status: 301 }),
  new S3Error("BadDigest", "other bytes", { status: 200 }),
];
const others = [
  new S3Error("NoSuchKey", "gone", { status: 404 }),
  new S3Error("PreconditionFailed", "changed", { status: 412 }),
  new S3Error("InvalidObjectState", "archived", { status: 403 }),
  new S3Error("ObjectNotInActiveTierError", "archived", { status: 403 }),
  new S3Error("SignatureDoesNotMatch", "wrong keys", { status: 403 }),
  new TransportError("ECONNRESET", "reset", "sent"),
];
const aws = (region: string): string => `https://s3.${region}.amazonaws.com`;

describe("CopyWay", () => {
  const endpoints = [
    { name: "one endpoint", from: "http://a", to: "http://a", asked: "server" },
    { name: "two endpoints", from: "http://a", to: "http://b", asked: "stream" },
    { name: "an unknown endpoint", from: "http://a", to: undefined, asked: "stream" },
    { name: "two unknown ones", from: undefined, to: undefined, asked: "stream" },
    { name: "two regions", from: aws("us-east-1"), to: aws("eu-west-1"), asked: "server" },
    {
      name: "two partitions",
      from: aws("us-east-1"),
      to: `${aws("cn-north-1")}.cn`,
      asked: "stream",
    },
  ] as const;
  for (const { name, from, to, asked } of endpoints) {
    test(`goes first by ${asked} for ${name}`, async () => {
      const { log, go } = ways("auto", [undefined], [from, to]);
      await go("a");
      assert.deepEqual(log, [`${asked} a`]);
    });
  }

  for (const error of refusals) {
    test(`goes through here when S3 answers ${error.code}, and sticks to it`, async () => {
      const { log, go } = ways("auto", [error]);
      for (const record of ["a", "b", "c"]) await go(record);
      assert.deepEqual(log, ["server a", "refused", "stream a", "stream b", "stream c"]);
    });
  }

  for (const error of others) {
    test(`learns nothing from ${"code" in error ? error.code : ""}`, async () => {
      const { log, go } = ways("auto", [error, undefined]);
      await assert.rejects(go("a"), error);
      await go("b");
      assert.deepEqual(log, ["server a", "server b"]);
    });
  }

  test("asks once for all that come at a time", async () => {
    const { log, go } = ways("auto", [denied]);
    await Promise.all(["a", "b", "c"].map(go));
    assert.deepEqual(log, ["server a", "refused", "stream a", "stream b", "stream c"]);
  });

  test("lets all go at a time as soon as one is copied", async () => {
    const { log, go } = ways("auto", [undefined]);
    await Promise.all(["a", "b", "c"].map(go));
    assert.deepEqual(log, ["server a", "server b", "server c"]);
  });

  test("takes one that is refused later for an exception", async () => {
    const { log, go } = ways("auto", [undefined, denied]);
    for (const record of ["a", "b", "c"]) await go(record);
    assert.deepEqual(log, ["server a", "server b", "refused", "stream b", "server c"]);
  });

  test("asks again after one that could not be read either", async () => {
    const { log, go } = ways("auto", [denied, denied, denied, denied], undefined, denied);
    for (const record of ["a", "b", "c", "d"]) await assert.rejects(go(record), denied);
    await go("e");
    await go("f");
    const refused = ["a", "b", "c", "d"].flatMap((one) => [
      `server ${one}`,
      "refused",
      `stream ${one}`,
    ]);
    assert.deepEqual(log, [...refused, "server e", "server f"]);
  });

  test("lets nobody wait when several could not be read either", async () => {
    const { log, go } = ways("auto", [denied, denied, denied], undefined, denied);
    for (const record of ["a", "b", "c"]) await assert.rejects(go(record), denied);
    const before = log.length;
    const all = ["d", "e", "f"].map(go);
    assert.deepEqual(log.slice(before), ["server d", "server e", "server f"]);
    await Promise.all(all);
  });

  for (const [found, answers, expected] of [
    ["a copy", [undefined], ["server b", "server c"]],
    ["a refusal", [denied], ["stream b", "stream c"]],
  ] as const) {
    test(`asks once in all threads, which go by ${found}`, async () => {
      const memory = memoryOfWay();
      const one = ways("auto", answers, undefined, undefined, memory);
      const other = ways("auto", [], undefined, undefined, memory);
      await Promise.all([one.go("a"), other.go("b"), other.go("c")]);
      assert.equal(one.log[0], "server a");
      assert.deepEqual(other.log, expected);
    });
  }

  test("asks in another thread when one could not tell", async () => {
    const memory = memoryOfWay();
    const gone = new S3Error("NoSuchKey", "gone", { status: 404 });
    const one = ways("auto", [gone], undefined, undefined, memory);
    const other = ways("auto", [], undefined, undefined, memory);
    const all = [one.go("a"), other.go("b"), other.go("c")];
    await assert.rejects(all[0]!, gone);
    await Promise.all(all.slice(1));
    assert.deepEqual(other.log, ["server b", "server c"]);
  });

  test("does as it is told", async () => {
    const server = ways("server", [denied], ["http://a", "http://b"]);
    await assert.rejects(server.go("a"), denied);
    assert.deepEqual(server.log, ["server a"]);
    const stream = ways("stream", []);
    await stream.go("a");
    assert.deepEqual(stream.log, ["stream a"]);
  });
});

/** Two ways, of which the first fails as told, once for each record that goes there. */
function ways(
  via: Via,
  answers: readonly (Error | undefined)[],
  endpoints: readonly (string | undefined)[] = ["http://a", "http://a"],
  unread?: Error,
  memory = memoryOfWay(),
): { readonly log: string[]; readonly go: (record: string) => Promise<string> } {
  const bucket = (endpoint: string | undefined) => ({ name: "b", endpoint }) as unknown as S3Bucket;
  const way = new CopyWay(via, bucket(endpoints[0]), bucket(endpoints[1]), memory);
  const log: string[] = [];
  const left = [...answers];
  const by = {
    async server(record: string) {
      log.push(`server ${record}`);
      await new Promise(setImmediate);
      const error = left.shift();
      if (error !== undefined) throw error;
      return record;
    },
    async stream(record: string) {
      log.push(`stream ${record}`);
      await new Promise(setImmediate);
      if (unread !== undefined) throw unread;
      return record;
    },
    refused: () => void log.push("refused"),
  };
  return { log, go: (record) => way.run(record, by) };
}
