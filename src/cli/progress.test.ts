import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PaceMeter, secondsLeft } from "../run/pace-meter.ts";
import { noCounts, type RunProgress } from "../run/run.ts";
import { durationText } from "./amounts.ts";
import { progressJson, progressLine } from "./progress.ts";
import { summaryTable } from "./summary-table.ts";

const none: RunProgress = { counts: noCounts, requests: 0, retries: 0, throttled: 0 };

const busy: RunProgress = {
  counts: {
    ...noCounts,
    listed: 1_204_118,
    same: 1_180_000,
    copied: 24_116,
    bytes: 1.25 * 2 ** 30,
    failed: 2,
  },
  requests: 50_000,
  retries: 3,
  throttled: 12,
  expectedObjects: 2_000_000,
};
const rates = { objects: 10_000, bytes: 2 ** 20, requests: 410.4 };

describe("the line of progress", () => {
  const cases = [
    { name: "of nothing", progress: none, rates: undefined, line: "0 objects, 0 requests" },
    {
      name: "of all there is",
      progress: busy,
      rates,
      line: "1,204,118 of about 2,000,000 objects, 2 failed, 24,116 copied (1.3 GiB), 10,000 objects/s, 1 min 20 s left, 1.0 MiB/s, 410 requests/s, 12 throttled, 3 retries",
    },
    {
      name: "in a narrow window",
      progress: busy,
      rates,
      width: 75,
      line: "1,204,118 of about 2,000,000 objects, 2 failed, 24,116 copied (1.3 GiB)",
    },
    { name: "in none to speak of", progress: busy, rates, width: 9, line: "1,204,118" },
    {
      name: "of more than was expected",
      progress: { ...none, counts: { ...noCounts, same: 12 }, expectedObjects: 10 },
      rates: { objects: 1, bytes: 0, requests: 1 },
      line: "12 of about 12 objects, 1 objects/s, 0 s left, 1 requests/s",
    },
  ];
  for (const { name, progress, rates, width, line } of cases) {
    test(name, () => assert.equal(progressLine(progress, rates, width), line));
  }

  test("is an object for programs", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(progressJson(busy, rates, 12.4))), {
      seconds: 12,
      ...busy.counts,
      requests: 50_000,
      retries: 3,
      throttled: 12,
      expectedObjects: 2_000_000,
      objectsPerSecond: 10_000,
      bytesPerSecond: 1_048_576,
      requestsPerSecond: 410,
      secondsLeft: 80,
    });
  });
});

describe("the pace of a run", () => {
  const at = (listed: number): RunProgress => ({ ...none, counts: { ...noCounts, same: listed } });

  test("is not known before a second has gone by", () => {
    const meter = new PaceMeter(at(5), 0);
    meter.note(at(100), 900);
    assert.equal(meter.rates(), undefined);
    meter.note(at(105), 1000);
    assert.equal(meter.rates()?.objects, 100);
  });

  test("is that of the last half minute", () => {
    const meter = new PaceMeter(at(0), 0);
    for (let second = 1; second <= 60; second++) meter.note(at(second * 1000), second * 1000);
    for (let second = 61; second <= 91; second++) {
      meter.note(at(60_000 + (second - 60)), second * 1000);
    }
    assert.equal(meter.rates()?.objects, 1);
  });

  test("tells how long it will take, where it is known how much there is", () => {
    assert.equal(secondsLeft(busy, { ...rates, objects: 79_588.2 }), 10);
    assert.equal(secondsLeft(none, rates), undefined);
    assert.equal(secondsLeft(busy, undefined), undefined);
    assert.equal(secondsLeft(busy, { ...rates, objects: 0 }), undefined);
  });
});

describe("times for people", () => {
  const cases = [
    [0.4, "0 s"],
    [59.6, "1 min"],
    [61, "1 min 1 s"],
    [3599, "59 min 59 s"],
    [3600, "1 h"],
    [3661, "1 h 1 min"],
    [86_399, "1 d"],
    [100_000, "1 d 4 h"],
    [1e9, "11,574 d 2 h"],
  ] as const;
  for (const [seconds, text] of cases) {
    test(`${seconds} s are ${text}`, () => assert.equal(durationText(seconds), text));
  }
});

test("the table at the end has a row for each number that there is", () => {
  assert.equal(
    summaryTable(busy.counts, busy, 125),
    `  listed       1,204,118
  same         1,180,000
  copied          24,116  1.3 GiB, 1,342,177,280 bytes
  failed               2
  requests        50,000  3 tried again, 12 answered with "slow down"
  time         2 min 5 s`,
  );
  assert.equal(summaryTable(noCounts, none, 0), "  listed       0\n  time         0 s");
});
