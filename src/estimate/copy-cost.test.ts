import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { entryCodec } from "../record/entry.ts";
import { costOfCopy } from "./copy-cost.ts";
import { measureCopies } from "./copy-measures.ts";
import { defaultPrices, readPrices } from "./prices.ts";
import { runTimeOf } from "./run-time.ts";

const gib = 2 ** 30;
const rest = "\t2026-11-24 17:00:00";
const measures = measureCopies(
  [
    `a\tff\t${gib}${rest}`,
    `b\tff-2\t${gib}${rest}\tclass=STANDARD_IA`,
    `c\tff-5\t${2 * gib}${rest}`,
    `d\tff\t${gib}${rest}\tclass=GLACIER`,
    `e\tff\t${gib}${rest}\tclass=GLACIER&restore=2027-01-01+00:00:00`,
    `f\tff\t0${rest}\tclass=NEW`,
  ].map((line) => entryCodec.decode(line)),
);

describe("what a copy costs", () => {
  const common = { HeadObject: 1 + 2, CreateMultipartUpload: 2, CompleteMultipartUpload: 2 };
  const cases = [
    {
      way: "server",
      transfer: "sameRegion",
      amounts: { ListObjectsV2: 3, CopyObject: 3, UploadPartCopy: 7, ...common, retrieval: gib },
      writes: 3 + 7 + 2 + 2,
      reads: 3 + 3,
    },
    {
      way: "stream",
      transfer: "otherRegion",
      amounts: {
        ListObjectsV2: 3,
        GetObject: 3 + 7,
        PutObject: 3,
        UploadPart: 7,
        ...common,
        retrieval: gib,
        transfer: 5 * gib,
      },
      writes: 3 + 7 + 2 + 2,
      reads: 3 + 10 + 3,
    },
  ] as const;
  for (const { way, transfer, amounts, writes, reads } of cases) {
    test(`is counted by operation, as copies by ${way} take them`, () => {
      const listed = [1001, 0];
      const cost = costOfCopy(measures, { listed, way, transfer, prices: defaultPrices });
      const found = Object.fromEntries(cost.lines.map(({ name, amount }) => [name, amount]));
      assert.deepEqual(found, amounts);
      assert.deepEqual([cost.writes, cost.reads, cost.bytes], [writes, reads, 5 * gib]);
    });
  }

  test("is what the table says for a class, and for one that is not in it what STANDARD costs", () => {
    const options = { listed: [], way: "server", transfer: "internet" } as const;
    const cost = costOfCopy(measures, { ...options, prices: defaultPrices });
    const of = (name: string): number => cost.lines.find((line) => line.name === name)?.cost ?? 0;
    // STANDARD and NEW 0.005 each, the restored one of GLACIER 0.03.
    assert.equal(of("CopyObject").toFixed(6), ((2 * 0.005 + 0.03) / 1000).toFixed(6));
    assert.equal(of("UploadPartCopy").toFixed(6), ((5 * 0.005 + 2 * 0.01) / 1000).toFixed(6));
    assert.equal(of("retrieval").toFixed(6), (0.01).toFixed(6));
    assert.equal(of("transfer").toFixed(6), (5 * 0.09).toFixed(6));
    const sum = cost.lines.reduce((total, line) => total + line.cost, 0);
    assert.equal(cost.total, sum);
  });

  test("leaves out what is archived, and counts it", () => {
    assert.deepEqual([measures["copies"], measures["archived"]], [5, 1]);
  });
});

describe("a table of prices", () => {
  const table = JSON.stringify(defaultPrices);
  test("is read as it is written", () => {
    assert.deepEqual(readPrices(table, "prices.json"), defaultPrices);
  });

  const faults = [
    { name: "is no JSON", text: "{", message: /^cannot read "p.json": it is no JSON/ },
    { name: "lacks a price", text: "{}", message: /it has no price listPerThousand$/ },
    {
      name: "has one that is no number",
      text: table.replace('"writesPerThousand":0.01', '"writesPerThousand":"1"'),
      message: /it has no price classes\.STANDARD_IA\.writesPerThousand$/,
    },
    {
      name: "has none of STANDARD",
      text: table.replace('"STANDARD"', '"OTHER"'),
      message: /it has no price classes\.STANDARD\.writesPerThousand$/,
    },
    {
      name: "has no date",
      text: table.replace('"date"', '"day"'),
      message: /it does not say its date$/,
    },
  ];
  for (const { name, text, message } of faults) {
    test(`is refused when it ${name}`, () => {
      assert.throws(() => readPrices(text, "p.json"), { name: "UserError", message });
    });
  }
});

describe("the time of a copy", () => {
  const rates = { writesPerSecond: 3500, bytesPerSecond: 1e9 };
  const day = 24 * 3600;
  const cases = [
    { name: "by writes", copy: [7000, 0, 0], way: "stream", time: [2, "writes", "local", 1] },
    { name: "by reads", copy: [0, 11_000, 0], way: "stream", time: [2, "reads", "local", 1] },
    { name: "by bytes", copy: [1, 1, 3e9], way: "stream", time: [3, "bytes", "local", 1] },
    {
      name: "not by bytes that do not pass through",
      copy: [3500, 0, 1e18],
      way: "server",
      time: [1, "writes", "local", 1],
    },
    {
      name: "by more bytes than one machine moves in a day",
      copy: [1, 1, 2.5 * day * 1e9],
      way: "stream",
      time: [2.5 * day, "bytes", "hadoop", 3],
    },
    { name: "of nothing", copy: [0, 0, 0], way: "stream", time: [0, "reads", "local", 1] },
  ] as const;
  for (const { name, copy, way, time } of cases) {
    test(`is told ${name}`, () => {
      const [writes, reads, bytes] = copy;
      const found = runTimeOf({ writes, reads, bytes }, way, rates);
      assert.deepEqual([found.seconds, found.by, found.engine, found.machines], time);
    });
  }
});
