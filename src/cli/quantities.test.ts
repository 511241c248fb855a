import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { InvalidArgumentError } from "commander";
import { byteSize, moment } from "./quantities.ts";

describe("a size", () => {
  for (const [text, bytes] of [
    ["0", 0],
    ["5", 5],
    ["5b", 5],
    ["10k", 10_240],
    ["10K", 10_240],
    ["10KiB", 10_240],
    ["10kB", 10_000],
    ["1.5 MiB", 1_572_864],
    ["2G", 2_147_483_648],
    ["1TB", 1e12],
    ["5P", 5 * 2 ** 50],
  ] as const) {
    test(`is ${bytes} bytes for ${text}`, () => assert.equal(byteSize(text), bytes));
  }
  for (const text of ["", "k", "-1", "1e3", "10x", "10 k b", "9999999P", "0x10"]) {
    test(`is none for ${JSON.stringify(text)}`, () => {
      assert.throws(() => byteSize(text), InvalidArgumentError);
    });
  }
});

describe("a moment", () => {
  const now = Date.parse("2026-11-24T17:32:03.900Z");
  for (const [text, at] of [
    ["2024-02-29", "2024-02-29 00:00:00"],
    ["2024-01-31T12:30", "2024-01-31 12:30:00"],
    ["2024-01-31 12:30:05", "2024-01-31 12:30:05"],
    ["2024-01-31T12:30:05Z", "2024-01-31 12:30:05"],
    ["2024-01-31T12:30:05+02:00", "2024-01-31 10:30:05"],
    ["0s", "2026-11-24 17:32:03"],
    ["90m", "2026-11-24 16:02:03"],
    ["12h", "2026-11-24 05:32:03"],
    ["1.5d", "2026-11-23 05:32:03"],
    ["2w", "2026-11-10 17:32:03"],
  ] as const) {
    test(`is ${at} for ${text}`, () => assert.equal(moment(text, now), at));
  }
  for (const text of ["", "12", "12 o'clock", "2024-02-30", "2024-13-01", "24-01-01", "-1d"]) {
    test(`is none for ${JSON.stringify(text)}`, () => {
      assert.throws(() => moment(text, now), InvalidArgumentError);
    });
  }
});
