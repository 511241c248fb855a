import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomBucket } from "../../../test/support/listing/random-bucket.ts";
import {
  indexBehind,
  KeysPage,
  namesIn,
  type SortedKeys,
  sortedKeys,
} from "../../../test/support/listing/sorted-keys.ts";
import { seededRandom } from "../../../test/support/random.ts";
import { KeySpace } from "../../ranges/key-space.ts";
import type { OpenRange } from "../../ranges/open-range.ts";
import type { RangeBounds } from "../../ranges/range-bounds.ts";
import { listRanges } from "../../ranges/range-listing.ts";
import { systemClock } from "../../s3/clock.ts";
import { showKeys, ShownPage } from "./shown-page.ts";

function pageOf(keys: string): KeysPage {
  const sorted = sortedKeys(keys.split(" "));
  return new KeysPage(sorted, 0, sorted.size);
}

function shown(keys: string, upTo?: string): ShownPage {
  const end = upTo === undefined ? undefined : Buffer.from(upTo);
  return new ShownPage({ worker: 0, range: 1 }, showKeys(pageOf(keys), end), end);
}

describe("ShownPage", () => {
  test("knows its own keys, and how many are not behind the end that was named", () => {
    const page = shown("a b c d", "c");
    assert.deepEqual(Buffer.from(page.keyAt(0)).toString(), "a");
    assert.equal(Buffer.from(page.keyAt(3)).toString(), "d");
    assert.equal(page.countUpTo(Buffer.from("x")), 4);
  });

  test("has to be shown again for another end, unless that is behind all its keys", () => {
    const page = shown("a b c d", "c");
    assert.equal(page.knows(Buffer.from("b")), false);
    assert.equal(page.knows(Buffer.from("d")), true);
    assert.equal(page.knows(undefined), true);
    assert.throws(() => page.countUpTo(Buffer.from("b")), /not asked/);
  });

  test("shows what is needed of a page of a thousand keys, in few of them", () => {
    const keys = Array.from({ length: 1000 }, (_, i) => String(i).padStart(4, "0")).join(" ");
    const { places, within } = showKeys(pageOf(keys), Buffer.from("0500"));
    assert.ok(places.length <= 35, `${places.length} keys`);
    assert.ok([0, 500, 999].every((place) => places.includes(place)));
    assert.equal(within, 501);
  });
});

/** Lists ranges of keys through pages that are shown, with workers that are busy for a while; gives the keys that were settled. */
async function settle(
  keys: SortedKeys,
  ranges: readonly RangeBounds[],
  { random, pageSize, pages }: { random: () => number; pageSize: number; pages: number },
): Promise<{ readonly settled: string[]; readonly cuts: number; readonly most: number }> {
  const held = new Map<OpenRange, KeysPage>();
  const settled: string[] = [];
  let cuts = 0;
  let busy = 0;
  let most = 0;
  const pause = async (): Promise<void> => {
    for (let turns = Math.floor(random() * 10); turns > 0; turns--) {
      await new Promise((resolve) => void setImmediate(resolve));
    }
  };
  const ids: OpenRange[] = [];
  await listRanges<ShownPage>({
    source: {
      async list(range) {
        const { upTo } = range;
        const from = indexBehind(keys, range.after);
        await pause();
        const page = new KeysPage(keys, from, Math.min(from + pageSize, keys.size));
        held.set(range, page);
        if (!ids.includes(range)) ids.push(range);
        return new ShownPage({ worker: 0, range: ids.indexOf(range) }, showKeys(page, upTo), upTo);
      },
      async cut(page, upTo) {
        cuts++;
        await pause();
        return new ShownPage(page, showKeys(held.get(ids[page.range]!)!, upTo), upTo);
      },
      names: async (folder) => namesIn(keys, folder, pageSize),
    },
    ranges,
    space: new KeySpace(),
    pages,
    adaptive: false,
    pageSize,
    clock: systemClock,
    async settled({ range, count, after, upTo }) {
      most = Math.max(most, ++busy);
      const page = held.get(range)!;
      for (let i = 0; i < count; i++) {
        const key = Buffer.from(page.keyAt(i));
        assert.ok(after === undefined || Buffer.compare(key, after) > 0);
        assert.ok(upTo === undefined || Buffer.compare(key, upTo) <= 0);
        settled.push(key.toString("latin1"));
      }
      await pause();
      busy--;
    },
    failed: () => assert.fail("nothing fails here"),
    signal: new AbortController().signal,
  });
  return { settled, cuts, most };
}

describe("listing by shown pages", () => {
  test("settles each key of the ranges once, wherever ranges are cut meanwhile", async () => {
    const random = seededRandom(3);
    let cuts = 0;
    for (let round = 0; round < 60; round++) {
      const { name, keys } = randomBucket(random, 1 + Math.floor(random() * 1500));
      const at = (index: number): Buffer => Buffer.from(keys.at(Math.min(index, keys.size - 1)));
      const [a, b, c] = [at(keys.size >> 2), at(keys.size >> 1), at((3 * keys.size) >> 2)];
      const isWhole = random() < 0.5 || Buffer.compare(a, b) >= 0 || Buffer.compare(b, c) >= 0;
      const ranges: RangeBounds[] = isWhole
        ? [{ after: undefined, upTo: undefined }]
        : [
            { after: undefined, upTo: a },
            { after: b, upTo: c },
          ];
      const pages = 1 + Math.floor(random() * 20);
      const how = { random, pageSize: 1 + Math.floor(random() * 40), pages };
      const found = await settle(keys, ranges, how);
      const expected = Array.from({ length: keys.size }, (_, i) => Buffer.from(keys.at(i))).filter(
        (key) =>
          isWhole ||
          Buffer.compare(key, a) <= 0 ||
          (Buffer.compare(key, b) > 0 && Buffer.compare(key, c) <= 0),
      );
      const told = `${name}, round ${round}`;
      assert.deepEqual(
        found.settled.toSorted(),
        expected.map((key) => key.toString("latin1")).toSorted(),
        told,
      );
      assert.ok(found.most <= pages, told);
      cuts += found.cuts;
    }
    assert.ok(cuts > 0, "no range was cut while a page of it was under way");
  });
});
