/**
 * The pipe on an S3 that fails: whatever goes wrong, every object is accounted for, what is copied is the same object, no wrong one
 * is ever seen at the target, no upload is left behind, and the same run once more does no harm.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault, StoredObject } from "../src/testing/server.ts";
import { fastClock, type Piped, runPipe } from "./support/pipe.ts";
import { seededRandom } from "./support/random.ts";
import { randomObjects } from "./support/random-objects.ts";
import { bytesOf, carriedOf, openRig, type Rig } from "./support/rig.ts";
import { writeObject } from "./support/write-object.ts";

const lostAnswers: readonly Fault[] = (
  ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "PutObject"] as const
).map((operation) => ({ kind: "resetAfter", operation, chance: 0.3 }));

const damageOut: readonly Fault[] = [
  { kind: "flipBody", operation: "PutObject", chance: 0.2 },
  { kind: "flipBody", operation: "UploadPart", chance: 0.2 },
];

const damageCodes = [
  "BadDigest",
  "XAmzContentSHA256Mismatch",
  "UploadAborted",
  "ETagMismatch",
] as const;

const several: readonly Fault[] = [
  { kind: "slowDown", chance: 0.03 },
  { kind: "internalError", chance: 0.05 },
  { kind: "resetBefore", chance: 0.05 },
  { kind: "resetAfter", chance: 0.05 },
  { kind: "cutBody", chance: 0.05 },
  { kind: "flipBody", chance: 0.05 },
  { kind: "errorInside200", chance: 0.1, withEffect: true },
  { kind: "delay", delayMs: 5, chance: 0.05 },
];

/** What may go wrong, and what results may say of it besides a success; nothing else may. */
const cases: readonly {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly codes?: readonly string[];
  /** Whether the target encrypts by KMS, so that no ETag there is made of MD5s. */
  readonly targetKms?: boolean;
  /** Whether it happens to bytes on their way through here, of which there are none where S3 copies. */
  readonly ofBytes?: boolean;
}[] = [
  { name: "nothing", faults: [] },
  { name: "throttling", faults: [{ kind: "slowDown", chance: 0.1 }] },
  { name: "errors of the server", faults: [{ kind: "internalError", chance: 0.15 }] },
  { name: "connections lost with their requests", faults: [{ kind: "resetBefore", chance: 0.15 }] },
  {
    name: "lost answers of all that writes",
    faults: lostAnswers,
  },
  { name: "bodies cut short", faults: [{ kind: "cutBody", chance: 0.2 }] },
  {
    ofBytes: true,
    name: "bytes damaged on their way in",
    faults: [{ kind: "flipBody", operation: "GetObject", chance: 0.2 }],
    codes: damageCodes,
  },
  {
    ofBytes: true,
    name: "bytes damaged on their way out",
    faults: damageOut,
    codes: damageCodes,
  },
  {
    name: "an error inside a 200",
    faults: [{ kind: "errorInside200", chance: 0.2 }],
  },
  {
    name: "an error inside a 200 though it was done",
    faults: [{ kind: "errorInside200", chance: 0.2, withEffect: true }],
  },
  { name: "delays", faults: [{ kind: "delay", delayMs: 15, chance: 0.2 }] },
  {
    ofBytes: true,
    name: "objects overwritten while they are read",
    faults: [{ kind: "tornRead", chance: 0.1 }],
    codes: ["PreconditionFailed", "UploadAborted"],
  },
  { name: "several of these at once", faults: several, codes: damageCodes },
  { name: "no faults, to a bucket under KMS", faults: [], targetKms: true },
  {
    name: "lost answers of all that writes to a bucket under KMS",
    faults: lostAnswers,
    targetKms: true,
  },
  {
    ofBytes: true,
    name: "bytes damaged on their way to a bucket under KMS",
    faults: damageOut,
    targetKms: true,
    codes: damageCodes,
  },
  {
    name: "several of these at once, to a bucket under KMS",
    faults: several,
    targetKms: true,
    codes: damageCodes,
  },
];

for (const { name, faults, codes = [], targetKms = false, ofBytes = false } of cases) {
  describe(`the pipe under ${name}`, () => {
    const ways = ofBytes ? (["stream"] as const) : (["stream", "server"] as const);
    for (const [via, seed] of ways.flatMap((via) => [[via, 1] as const, [via, 2] as const])) {
      test(`random objects ${seed}, by ${via}`, async () => {
        const random = seededRandom(seed);
        const rig = await openRig({ random, pageSize: 7 });
        if (via === "server") rig.share();
        const watch = new Watch(rig);
        if (targetKms) {
          const kms = { algorithm: "aws:kms", keyId: "a-key", bucketKey: true } as const;
          rig.server.store.bucket(rig.target.name).encryption = kms;
        }
        try {
          // A damaged body can be told by its MD5 or by a checksum, which the server gives every object.
          const objects = randomObjects(random, { count: 24, aroundBytes: 3000, kms: 0.2 });
          for (const object of objects) await writeObject(rig.source, object);
          watch.note();

          rig.server.faults.add(...faults);
          const first = await run(rig, random, via);
          const hasStruck = faults.some(({ kind }) => rig.server.faults.struck(kind) > 0);
          assert.equal(hasStruck, faults.length > 0);
          rig.server.faults.clear();
          checkResults(rig, watch, first, ["ETagDiffers", ...codes]);
          assert.deepEqual(uploadsLeft(rig), [], "uploads left behind");

          watch.note();
          const second = await run(rig, random, via);
          checkResults(rig, watch, second, ["ETagDiffers"]);
          assert.deepEqual(uploadsLeft(rig), [], "uploads left behind by the second run");
          assert.deepEqual(
            second.results.filter(({ attributes }) => attributes?.outcome !== undefined),
            [],
          );
          assert.deepEqual(watch.wrong, [], "wrong objects seen at the target");
        } finally {
          await rig.close();
        }
      });
    }
  });
}

/** Runs the pipe by clients that know nothing yet, and whose waits are short. */
function run(rig: Rig, random: () => number, via: "server" | "stream"): Promise<Piped> {
  const { source, target } = rig.reopen({ clock: fastClock(50), random });
  const copy = { via, websiteRedirect: "keep" } as const;
  return runPipe(source, target, { maxHeldBytes: 3000, exactParts: true, copy });
}

function uploadsLeft({ server, target }: Rig): string[] {
  return server.store.uploads(target.name).map(({ key }) => key);
}

/** Keeps what the source had, and looks at the target after each request that could have changed it. */
class Watch {
  readonly wrong: string[] = [];
  readonly #rig: Rig;
  readonly #had = new Map<string, StoredObject[]>();

  constructor(rig: Rig) {
    this.#rig = rig;
    rig.server.requests.listen(({ bucket, key, operation }) => {
      if (bucket !== rig.target.name || key === "") return;
      const { target } = rig.at(key);
      if (target === undefined || this.sourceOf(key, target) !== undefined) return;
      this.wrong.push(`${key} after ${operation}`);
    });
  }

  /** Notes what lies in the source now. */
  note(): void {
    const { server, source } = this.#rig;
    for (const key of server.store.keys(source.name)) {
      const object = server.store.object(source.name, key)!;
      this.#had.set(key, [object, ...(this.#had.get(key) ?? [])]);
    }
  }

  /** The source's object, as it is or was, whose bytes these are. */
  sourceOf(key: string, copy: StoredObject): StoredObject | undefined {
    return this.#had.get(key)?.find((object) => bytesOf(object).equals(bytesOf(copy)));
  }

  /** The object of an ETag. */
  listed(key: string, etag: string): StoredObject {
    const object = this.#had.get(key)?.find((object) => object.etag === etag);
    assert.ok(object, `${key} had never the ETag ${etag}`);
    return object;
  }
}

/** Asserts that each entry has its results, and that each copy is what its result says. */
function checkResults(rig: Rig, watch: Watch, piped: Piped, codes: readonly string[]): void {
  const { entries, tasks, results } = piped;
  const listed = rig.server.store.keys(rig.source.name);
  assert.deepEqual(entries.map(({ key }) => key).sort(), listed.sort());
  assert.equal(results.length, tasks.length, "a result for each task");
  const ofKey = Map.groupBy(results, ({ key }) => key);
  for (const { key, etag } of entries) {
    const rows = ofKey.get(key) ?? [];
    assert.notEqual(rows.length, 0, `${JSON.stringify(key)} has no result`);
    for (const { attributes } of rows) {
      for (const code of attributes?.code?.split(",") ?? []) {
        assert.ok(codes.includes(code), `${JSON.stringify(key)}: ${code}`);
      }
    }
    const undone = rows.filter(({ attributes }) => attributes?.outcome !== undefined);
    if (undone.length > 0) {
      assert.equal(undone.length, rows.length, "all parts of an object have the same outcome");
      continue;
    }
    const object = watch.listed(key, etag);
    const copy = rig.at(key).target;
    assert.ok(copy, `${JSON.stringify(key)} is said to be copied`);
    assert.ok(bytesOf(copy).equals(bytesOf(object)), `${JSON.stringify(key)} has other bytes`);
    assert.deepEqual(carriedOf(copy), carriedOf(object));
    const isSaid = rows.every(({ attributes }) => attributes?.code?.includes("ETagDiffers"));
    assert.equal(copy.etag !== etag, isSaid, `${JSON.stringify(key)}: ${copy.etag} for ${etag}`);
  }
}
