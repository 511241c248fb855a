/** All stages in one process, interrupted at any request: what was begun is ended, and what is told is true. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Counters } from "../src/counters.ts";
import type { Result } from "../src/record/result.ts";
import { bucketlist } from "../src/stages/bucketlist.ts";
import { multipartcomplete } from "../src/stages/multipartcomplete.ts";
import { multipartlist } from "../src/stages/multipartlist.ts";
import { objectcopy } from "../src/stages/objectcopy.ts";
import { pagesOf } from "../src/stream/pages.ts";
import { fastClock, runPipe } from "./support/pipe.ts";
import { seededRandom } from "./support/random.ts";
import { randomObjects } from "./support/random-objects.ts";
import { bytesOf, openRig, type Rig } from "./support/rig.ts";
import { writeObject } from "./support/write-object.ts";

describe("the pipe in one process", () => {
  for (let after = 1; after <= 120; after += 17) {
    for (const how of ["interrupted", "no longer read"] as const) {
      test(`${how} after ${after} requests leaves no upload and tells the truth`, async () => {
        const random = seededRandom(after);
        const rig = await openRig({ random, pageSize: 5 });
        try {
          for (const object of randomObjects(random, { count: 20, aroundBytes: 1000 })) {
            await writeObject(rig.source, object);
          }
          rig.server.faults.add(
            { kind: "internalError", chance: 0.03 },
            { kind: "resetAfter", chance: 0.03 },
          );
          const results = await stopped(rig, random, after, how);
          rig.server.faults.clear();
          assert.deepEqual(rig.server.store.uploads(rig.target.name), []);
          for (const { key, attributes } of results) {
            if (attributes?.outcome !== undefined) continue;
            const { source, target } = rig.at(key);
            assert.ok(source && target && bytesOf(target).equals(bytesOf(source)), key);
          }

          const again = await runPipe(rig.source, rig.target, { exactParts: true });
          assert.deepEqual(
            again.results.filter(({ attributes }) => attributes !== undefined),
            [],
          );
          assert.equal(new Set(again.results.map(({ key }) => key)).size, 20);
        } finally {
          await rig.close();
        }
      });
    }
  }
});

/** Runs the pipe until so many requests were sent; gives the results that came of it. */
async function stopped(
  rig: Rig,
  random: () => number,
  after: number,
  how: "interrupted" | "no longer read",
): Promise<readonly Result[]> {
  const interrupt = new AbortController();
  let isOver = false;
  let requests = 0;
  const unlisten = rig.server.requests.listen(() => {
    if (++requests !== after) return;
    isOver = true;
    if (how === "interrupted") interrupt.abort(new Error("interrupted"));
  });
  const { source, target } = rig.reopen({ clock: fastClock(50), random });
  const context = {
    counters: new Counters(),
    concurrency: 4,
    signal: interrupt.signal,
    source,
    target,
    maxHeldBytes: 1000,
    exactParts: true,
  };
  const entries = bucketlist.run(pagesOf([{ delimiter: "", prefix: "" }]), {
    ...context,
    bucket: source,
  });
  const copied = objectcopy.run(multipartlist.run(entries, context), context);
  const results: Result[] = [];
  try {
    for await (const page of multipartcomplete.run(copied, context)) {
      results.push(...page);
      if (isOver && how === "no longer read") break;
    }
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  } finally {
    unlisten();
  }
  return results;
}
