import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { writeObject } from "../../test/support/write-object.ts";
import { liveEntries } from "../listing-sources/live-entries.ts";
import type { Entry } from "../record/entry.ts";
import { deleteObjects } from "../s3/delete-objects.ts";
import { merge } from "../stream/merge.ts";
import { collect } from "../stream/pages.ts";
import type { ProofLevel } from "./prove-pair.ts";
import { verify, type VerifyNeeds } from "./verify.ts";
import { VerifySummary } from "./verify-summary.ts";

const prefixes = { source: "", target: "" };

describe("verify", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig();
    const large = Buffer.alloc(600_000, "0123456789");
    const put = async (
      side: "source" | "target",
      key: string,
      body: Buffer | string,
      more: object = {},
    ): Promise<void> => writeObject(rig[side], { key, body: Buffer.from(body), ...more });
    for (const side of ["source", "target"] as const) {
      await put(side, "alike", "alike");
      await put(side, "empty", "");
      await put(side, "large", large);
    }
    await put("source", "bytes", "0123456789");
    await put("target", "bytes", "0123456780");
    await put("source", "added", "1");
    await put("target", "removed", "1");
    await put("source", "size", "12");
    await put("target", "size", "1");
    await put("source", "parts", large, { parts: [300_000, 300_000] });
    await put("target", "parts", large, { parts: [600_000] });
    const composite = { checksum: { algorithm: "SHA256", type: "COMPOSITE" } };
    await put("source", "unlike", large, { ...composite, parts: [300_000, 300_000] });
    await put("target", "unlike", large, { ...composite, parts: [500_000, 100_000] });
  });
  after(() => rig.close());

  async function run(
    level: ProofLevel,
    more: Partial<VerifyNeeds> = {},
  ): Promise<{ readonly rows: readonly string[]; readonly summary: VerifySummary }> {
    const summary = new VerifySummary();
    const { signal } = new AbortController();
    const options = { ordered: true, signal };
    const sides = merge(liveEntries(rig.source, options), liveEntries(rig.target, options), {
      onSame: level === "listing" ? summary.addEqual.bind(summary, "etag" as const) : undefined,
    });
    const found = await collect(
      verify(sides, {
        level,
        openBuckets: () => Promise.resolve(rig),
        prefixes,
        concurrency: 3,
        signal,
        summary,
        ...more,
      }),
    );
    return { rows: found.map(show), summary };
  }

  const common = ["added added", "removed removed", "size changed size"];
  const levels: readonly {
    readonly level: ProofLevel;
    readonly rows: readonly string[];
    readonly equal: Readonly<Record<string, number>>;
    readonly heads: number;
    readonly gets: number;
  }[] = [
    {
      level: "listing",
      rows: [...common, "bytes changed checksum", "unlike failed NoProof"],
      equal: { etag: 3, checksum: 1 },
      heads: 2 * 3,
      gets: 0,
    },
    {
      level: "checksum",
      rows: [...common, "bytes changed checksum", "unlike failed NoProof"],
      equal: { checksum: 4 },
      heads: 2 * 6,
      gets: 0,
    },
    {
      level: "bytes",
      rows: [...common, "bytes changed bytes 9"],
      equal: { bytes: 5 },
      heads: 0,
      gets: 2 * 6,
    },
  ];
  for (const { level, rows, equal, heads, gets } of levels) {
    test(`proves by ${level} what is equal and what is not, with as few requests as that takes`, async () => {
      rig.server.requests.clear();
      const found = await run(level);
      assert.deepEqual(found.rows, rows.toSorted());
      const by = Object.entries(found.summary.equalBy).map(([name, { objects }]) => [
        name,
        objects,
      ]);
      assert.deepEqual(Object.fromEntries(by.filter(([, objects]) => objects !== 0)), equal);
      assert.equal(found.summary.verdict, "different");
      assert.equal(rig.server.requests.count("HeadObject"), heads);
      assert.equal(rig.server.requests.count("GetObject"), gets);
    });
  }

  test("proves the listings alone of what is not in the sample", async () => {
    const { rows, summary } = await run("bytes", { isSampled: (key) => key !== "bytes" });
    assert.ok(rows.includes("bytes changed checksum"));
    assert.equal(summary.equalBy.bytes.objects, 5);
  });

  test("takes ETags for what they say where it may ask nobody", async () => {
    const { rows } = await run("listing", { openBuckets: undefined });
    const told = ["bytes changed", "parts failed NoProof", "unlike failed NoProof"];
    assert.deepEqual(rows, [...common, ...told].toSorted());
  });

  test("goes on with bodies that break off", async () => {
    rig.server.faults.add({ kind: "cutBody", operation: "GetObject", count: 5 });
    const { rows, summary } = await run("bytes");
    assert.deepEqual(rows, [...common, "bytes changed bytes 9"].toSorted());
    assert.equal(summary.equalBy.bytes.objects, 5);
  });

  test("says of what cannot be read why", async () => {
    let count = 0;
    const { rows, summary } = await run("bytes", {
      openBuckets: async () => {
        // It is gone since it was listed.
        if (count++ === 0) await deleteObjects(rig.target, [{ key: "alike" }]);
        return rig;
      },
    });
    assert.ok(rows.includes("alike failed NoSuchKey"), rows.join("\n"));
    assert.deepEqual([...summary.codes], [["NoSuchKey", 1]]);
  });
});

function show({ key, attributes = {} }: Entry): string {
  const { change, by, at, outcome, code } = attributes;
  return [key, change, by, at, outcome, code].filter((value) => value !== undefined).join(" ");
}
