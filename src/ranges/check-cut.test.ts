import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ListingClient } from "../../test/support/listing/listing-client.ts";
import { randomBucket } from "../../test/support/listing/random-bucket.ts";
import { sortedKeys } from "../../test/support/listing/sorted-keys.ts";
import { randomKey, seededRandom } from "../../test/support/random.ts";
import { compareKeys } from "../key.ts";
import { checkCut, type CheckCutOptions, type CheckedCut } from "./check-cut.ts";
import { type CutFault, cutFaultCodec } from "./cut-fault.ts";
import type { KeyRange } from "./key-range.ts";
import { numberedLines } from "./numbered-line.ts";
import type { PartLine } from "./part-file.ts";
import { rangeLineCodec } from "./range-line.ts";

type Some = Partial<CheckCutOptions & { readonly pageSize: number; readonly seed: number }>;

/** Checks the lines of a part file against a bucket of these keys. */
async function check(
  lines: readonly string[],
  keys: readonly string[],
  { pageSize = 1000, seed = 1, ...options }: Some = {},
): Promise<CheckedCut> {
  const client = new ListingClient(sortedKeys(keys), {
    random: seededRandom(seed),
    pageSize,
    shortPages: pageSize < 100 ? 0.2 : 0,
  });
  const codec = numberedLines();
  const checked = await checkCut(
    lines.map((line) => codec.decode(line)),
    {
      prefix: "",
      open: () => Promise.resolve(client.bucket()),
      concurrency: 3,
      maxRequests: 100_000,
      maxFaults: 100_000,
      ...options,
    },
  );
  assert.equal(checked.requests, client.requests.length);
  return checked;
}

/** Faults as lines, with spaces for tabs. */
function shown({ faults }: CheckedCut): string[] {
  return faults.map((fault) => cutFaultCodec.encode(fault).replaceAll("\t", " "));
}

/** A range line from its columns, separated by spaces. */
function range(columns: string): string {
  return `range\t${columns.replaceAll(" ", "\t")}`;
}

const hex = Array.from("0123456789abcdef");

describe("checkCut", () => {
  const cases: readonly {
    readonly name: string;
    readonly lines: readonly string[];
    readonly keys: readonly string[];
    readonly prefix?: string;
    readonly faults: readonly string[];
    readonly requests: number;
  }[] = [
    { name: "all in one line", lines: [","], keys: ["a"], faults: [], requests: 0 },
    {
      name: "ranges in a chain, in any order, by themselves",
      lines: [range("b \\N"), "# words", "", range("\\N b")],
      keys: ["a", "b", "c"],
      faults: [],
      requests: 0,
    },
    {
      name: "a range up to a prefix's first key and one behind it, by themselves",
      lines: [range("\\N ab"), range("ab \\N ab")],
      keys: ["ab", "abc"],
      prefix: "ab",
      faults: [],
      requests: 0,
    },
    {
      name: "prefixes between which there are bytes but no characters, by themselves",
      lines: [range("\\N ÿ"), range("ÿ \\N ÿ"), range("\\N Ā Ā"), range("Ā \\N")],
      keys: ["ÿ", "Ā"],
      faults: [],
      requests: 0,
    },
    {
      name: "the original's kind of part file, and asks where it has no line",
      lines: ["/,0", ",000/", ...hex.slice(1).map((digit) => `,${digit}`)],
      keys: ["00", "000/00", "0f", "1", "fff"],
      faults: [],
      requests: 4,
    },
    {
      name: "a gap between ranges",
      lines: [range("\\N b"), range("c \\N")],
      keys: ["b", "c", "d"],
      faults: ["missing b c"],
      requests: 1,
    },
    {
      name: "no gap where there are no keys",
      lines: [range("\\N b"), range("c \\N")],
      keys: ["b", "d"],
      faults: [],
      requests: 1,
    },
    {
      name: "ranges that overlap",
      lines: [range("\\N c"), range("b \\N")],
      keys: ["a", "c", "d"],
      faults: ["twice b c \\N 1,2"],
      requests: 1,
    },
    {
      name: "a prefix within a prefix",
      lines: [",", ",é"],
      keys: ["a", "é1"],
      faults: ["twice \\N \\N é 1,2"],
      requests: 1,
    },
    {
      name: "a line that is there twice",
      lines: [",", "#", ","],
      keys: ["a"],
      faults: ["twice \\N \\N \\N 1,3"],
      requests: 1,
    },
    {
      name: "prefixes that nobody lists",
      lines: ["/,", ",b/"],
      keys: ["a/1", "b/1", "c", "d/1", "d/2"],
      faults: ["missing \\N \\N a/", "missing \\N \\N d/"],
      requests: 1,
    },
    {
      name: "neighbouring prefixes that nobody lists, as one range",
      lines: [",a", "-,b"],
      keys: ["a", "b-1", "b"],
      faults: ["missing \\N \\N b-"],
      requests: 3,
    },
    {
      name: "keys of a line with a delimiter that another line lists too",
      lines: ["/,", range("b \\N")],
      keys: ["a", "c/1", "d"],
      faults: ["twice b \\N \\N 1,2"],
      requests: 1,
    },
    {
      name: "two delimiters, of which keys have none, one or both",
      lines: ["/,", "-,"],
      keys: ["a", "a/b", "b-c", "c/-"],
      faults: ["twice \\N \\N \\N 1,2", "missing \\N \\N c/-"],
      requests: 2,
    },
    {
      name: "only what is below the prefix",
      lines: [range("\\N m/b"), range("m/b m/zz")],
      keys: ["a", "m/a", "m/b", "m/c", "z"],
      prefix: "m/",
      faults: [],
      requests: 1,
    },
    { name: "an empty file", lines: [], keys: ["a"], faults: ["missing \\N \\N"], requests: 1 },
  ];
  for (const { name, lines, keys, faults, requests, prefix = "" } of cases) {
    test(`judges ${name}`, async () => {
      const checked = await check(lines, keys, { prefix, concurrency: 1 });
      assert.deepEqual(
        { faults: shown(checked), requests: checked.requests },
        { faults, requests },
      );
      assert.equal(checked.extent, "all");
    });
  }

  test("opens no bucket where lines prove it alone", async () => {
    const open = () => Promise.reject(new Error("opened"));
    const lines = [range("\\N é"), range("é 😀"), range("😀 \\N")];
    assert.deepEqual(shown(await check(lines, [], { open })), []);
  });

  test("asks once for many names behind a delimiter", async () => {
    const folders = Array.from({ length: 900 }, (_, i) => `${i}/`);
    const keys = folders.map((folder) => `${folder}key`);
    const lines = ["/,", ...folders.filter((_, i) => i % 3 > 0).map((folder) => `,${folder}`)];
    const checked = await check(lines, keys, { concurrency: 1 });
    assert.equal(checked.requests, 1);
    const missing = folders
      .filter((_, i) => i % 3 === 0)
      .map((folder) => `missing \\N \\N ${folder}`);
    assert.deepEqual(shown(checked).sort(compareKeys), missing.sort(compareKeys));
  });

  test("says where it stopped", async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `${i}/a`);
    const spent = await check(["/,"], keys, { pageSize: 5, maxRequests: 3 });
    assert.deepEqual([spent.extent, spent.requests], ["requests spent", 3]);
    assert.ok(spent.faults.length > 0, "what was found until then is told");
    const enough = await check(["/,"], keys, { maxFaults: 7 });
    assert.deepEqual([enough.extent, enough.faults.length], ["enough faults", 7]);
  });

  test("finds in any bucket, of any part file, what a count of each key by each line finds", async () => {
    const random = seededRandom(9);
    let perfect = 0;
    let faulty = 0;
    for (let round = 0; round < 1500; round++) {
      const { keys, lines, prefix } = randomCase(random);
      const codec = numberedLines();
      const cut = lines.map((line) => codec.decode(line).keys!);
      const inPrefix = keys.filter((key) => key.startsWith(prefix));
      const by = (key: string): number[] =>
        cut.flatMap((line, i) => (isListed(key, line) ? [i + 1] : []));
      const options = { pageSize: 1 + Math.floor(random() * 20), seed: round, prefix };
      const checked = await check(lines, keys, options);
      const told = JSON.stringify({ round, prefix, lines, keys, found: shown(checked) });
      const { faults } = checked;
      const isIn = (kind: CutFault["kind"], key: string): boolean =>
        faults.some((fault) => fault.kind === kind && isInRange(key, fault.range));
      for (const key of inPrefix) {
        const count = by(key).length;
        assert.equal(isIn("missing", key), count === 0, `${key} missing: ${told}`);
        if (count > 1) assert.ok(isIn("twice", key), `${key} twice: ${told}`);
      }
      const counts = inPrefix.map((key) => by(key).length);
      assert.equal(
        faults.length === 0,
        counts.every((count) => count === 1),
        told,
      );
      // A range may be one of three that only together hold keys.
      assert.equal(
        faults.some(({ kind }) => kind === "twice"),
        counts.some((count) => count > 1),
        told,
      );
      for (const fault of faults) {
        if (fault.kind === "missing") continue;
        const isTrue = (key: string): boolean =>
          by(key).length > 1 && fault.by.every((line) => by(key).includes(line));
        assert.ok(inPrefix.some(isTrue), told);
      }
      if (faults.length === 0) perfect++;
      else faulty++;

      const missing = faults.filter(({ kind }) => kind === "missing");
      const repaired = [...lines, ...missing.map((fault) => rangeLineCodec.encode(fault.range))];
      const again = await check(repaired, keys, options);
      assert.deepEqual(
        again.faults.filter(({ kind }) => kind === "missing"),
        [],
        told,
      );
      for (const key of inPrefix.filter((key) => by(key).length === 0)) {
        assert.ok(
          !again.faults.some(
            (fault) =>
              fault.kind === "twice" &&
              fault.by.length === 2 &&
              isInRange(key, fault.range) &&
              fault.by.every((line) => line > lines.length),
          ),
          told,
        );
      }
    }
    assert.ok(perfect > 100 && faulty > 500, `${perfect} without a fault, ${faulty} with`);
  });
});

function isListed(key: string, line: KeyRange | PartLine): boolean {
  if (!("delimiter" in line)) return isInRange(key, line);
  const { delimiter, prefix } = line;
  return (
    key.startsWith(prefix) && !(delimiter !== "" && key.slice(prefix.length).includes(delimiter))
  );
}

function isInRange(key: string, { prefix = "", after, upTo }: KeyRange): boolean {
  return (
    key.startsWith(prefix) &&
    (after === undefined || compareKeys(key, after) > 0) &&
    (upTo === undefined || compareKeys(key, upTo) <= 0)
  );
}

/** A bucket and a part file made for it, then perhaps damaged. */
function randomCase(random: () => number): {
  readonly keys: readonly string[];
  readonly lines: readonly string[];
  readonly prefix: string;
} {
  const int = (below: number): number => Math.floor(random() * below);
  const bucket = randomBucket(random, 1 + int(60)).keys;
  const keys = Array.from({ length: bucket.size }, (_, i) => Buffer.from(bucket.at(i)).toString());
  const some = (): string => (random() < 0.7 ? keys[int(keys.length)]! : randomKey(random));
  const beginning = (): string =>
    Array.from(some())
      .slice(0, 1 + int(8))
      .join("");
  const isPlain = (text: string): boolean => !/[\n\r]/.test(text);
  const delimiters = ["/", "-", "a", "0", " "];
  let lines: string[] = [];
  const chain = (prefix: string | undefined): void => {
    const bounds = [...new Set(Array.from({ length: int(5) }, () => some()))].sort(compareKeys);
    for (const [i, upTo] of [...bounds, undefined].entries()) {
      lines.push(rangeLineCodec.encode({ prefix, after: bounds[i - 1], upTo }));
    }
  };
  const kind = random();
  if (kind < 0.35) chain(undefined);
  else if (kind < 0.6) {
    // What is right in the bucket, and each folder.
    const delimiter = delimiters[int(2)]!;
    const folders = keys.flatMap((key) => {
      const at = key.indexOf(delimiter);
      return at < 0 ? [] : [key.slice(0, at + 1)];
    });
    lines.push(`${delimiter},`);
    for (const folder of new Set(folders)) {
      if (random() < 0.8 && isPlain(folder)) lines.push(`,${folder}`);
      else chain(folder);
    }
  } else if (kind < 0.75) {
    for (const first of new Set(keys.map((key) => Array.from(key)[0]!))) chain(first);
  }
  if (random() < 0.6) {
    lines = lines.filter(() => random() < 0.9);
    for (let count = int(4); count > 0; count--) {
      const prefix = beginning();
      if (random() < 0.3) chain(random() < 0.5 ? undefined : prefix);
      else if (isPlain(prefix))
        lines.push(`${random() < 0.6 ? delimiters[int(5)]! : ""},${prefix}`);
    }
  }
  return {
    keys,
    lines: lines.filter((line) => !line.startsWith("#")),
    prefix: random() < 0.7 ? "" : beginning(),
  };
}
