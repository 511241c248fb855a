import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { crc32c, crc64nvme } from "./crc.ts";

describe("crc32c", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
  const cases = [
    {
      name: "the check value of the CRC catalogue",
      bytes: Buffer.from("123456789"),
      crc: 0xe3069283,
    },
    { name: "RFC 3720: 32 bytes of zeroes", bytes: new Uint8Array(32), crc: 0x8a9136aa },
    { name: "RFC 3720: 32 bytes of ones", bytes: new Uint8Array(32).fill(255), crc: 0x62a8ab43 },
    { name: "RFC 3720: 32 ascending bytes", bytes: ascending, crc: 0x46dd794e },
    { name: "RFC 3720: 32 descending bytes", bytes: ascending.toReversed(), crc: 0x113fdb5c },
    { name: "nothing", bytes: new Uint8Array(0), crc: 0 },
  ];
  for (const { name, bytes, crc } of cases) {
    test(`gives ${name}`, () => assert.equal(crc32c(bytes), crc));
  }
});

describe("crc64nvme", () => {
  const cases = [
    {
      name: "the check value of the CRC catalogue",
      bytes: Buffer.from("123456789"),
      crc: "ae8b14860a799888",
    },
    {
      name: "the NVM Express vector of 4 KiB of zeroes",
      bytes: new Uint8Array(4096),
      crc: "6482d367eb22b64e",
    },
    {
      name: "the NVM Express vector of 4 KiB of ones",
      bytes: new Uint8Array(4096).fill(255),
      crc: "c0ddba7302eca3ac",
    },
    { name: "nothing", bytes: new Uint8Array(0), crc: "0000000000000000" },
  ];
  for (const { name, bytes, crc } of cases) {
    test(`gives ${name}`, () => assert.equal(hex(crc64nvme(bytes)), crc));
  }
});

test("both go on from any border as if the bytes had come in one piece", () => {
  const bytes = Uint8Array.from({ length: 61 }, (_, index) => (index * 37 + 11) & 255);
  for (let border = 0; border <= bytes.length; border++) {
    const [head, tail] = [bytes.subarray(0, border), bytes.subarray(border)];
    assert.equal(crc32c(tail, crc32c(head)), crc32c(bytes));
    assert.deepEqual(crc64nvme(tail, crc64nvme(head)), crc64nvme(bytes));
  }
});

function hex({ high, low }: { high: number; low: number }): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
