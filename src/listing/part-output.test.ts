import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { refused } from "../../test/support/fake-client.ts";
import { ListingClient } from "../../test/support/listing/listing-client.ts";
import { sortedKeys } from "../../test/support/listing/sorted-keys.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { seededRandom } from "../../test/support/random.ts";
import { UserError } from "../errors.ts";
import { bucketFiles } from "../files/bucket-files.ts";
import type { Files } from "../files/files.ts";
import { localFiles } from "../files/local-files.ts";
import { compareKeys } from "../key.ts";
import { columnsForm } from "./list-form.ts";
import { listLines } from "./list-lines.ts";
import { ListingSummary } from "./listing-summary.ts";
import { listIntoParts, type PartOutput } from "./part-output.ts";
import { readManifest } from "./part-manifest.ts";

const keys = Array.from({ length: 1000 }, (_, i) => `photos/${i}`).sort(compareKeys);

/** Behind which keys pages were asked for. */
function beginsOf(s3: ListingClient): readonly string[] {
  return s3.requests
    .filter(({ query }) => query?.["delimiter"] === undefined)
    .map(({ query }) => query?.["start-after"] ?? "");
}

let root: string;
let rig: Rig;
let count = 0;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "campanile-parts-"));
  rig = await openRig();
});
after(async () => {
  await rig.close();
  await rm(root, { recursive: true });
});

const kinds: Readonly<Record<string, () => Files>> = {
  "in a directory": () => localFiles("parts", join(root, String(count++))),
  "in a bucket": () => bucketFiles(rig.target, `lists/${count++}`, "the listing"),
};

for (const [where, newPlace] of Object.entries(kinds)) {
  describe(`listing into part files ${where}`, () => {
    let files: Files;
    beforeEach(() => {
      files = newPlace();
    });

    /** A run that fails where `fault` says so: the whole of it, or if it is told of ranges only these. */
    function run(
      fault: (after: string | undefined) => boolean = () => false,
      more: Partial<PartOutput> & { readonly isStrict?: boolean } = {},
    ): { readonly done: ReturnType<typeof listIntoParts>; readonly s3: ListingClient } {
      const s3 = new ListingClient(sortedKeys(keys), {
        random: seededRandom(count),
        pageSize: 10,
        fault: (query) => (fault(query["start-after"]) ? refused("SlowDown", 503) : undefined),
      });
      const form = columnsForm(["key"]);
      const how = { filter: {}, form, summary: new ListingSummary() };
      const done = listIntoParts({
        files,
        isPacked: false,
        form,
        listing: { prefix: "" },
        keysPerPart: 100,
        list: ({ after: startAfter, upTo: stopAt }, onRangeFailed) =>
          listLines(
            s3.bucket(),
            {
              startAfter,
              stopAt,
              ordered: true,
              concurrency: 4,
              onRangeFailed: more.isStrict ? undefined : onRangeFailed,
            },
            how,
          ),
        ...more,
      });
      return { done, s3 };
    }

    async function keysThere(): Promise<readonly string[]> {
      const names = (await files.list("")).filter((name) => name.startsWith("part-"));
      const texts = names.map(async (name) => {
        const bytes = (await files.read(name))!;
        return (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
      });
      return (await Promise.all(texts)).join("").split("\n").slice(0, -1);
    }

    for (const isPacked of [false, true]) {
      test(`has each key once, in order, ${isPacked ? "packed" : "plain"}`, async () => {
        const { written } = await run(undefined, { isPacked }).done;
        assert.deepEqual(await keysThere(), keys);
        assert.ok(written >= 9 && written <= 11, `${written} part files`);
        const { parts, isDone } = (await readManifest(files))!;
        assert.ok(isDone);
        assert.equal(parts[0]?.after, undefined);
        assert.equal(parts.at(-1)?.upTo, undefined);
        for (const [i, part] of parts.slice(1).entries()) assert.equal(part.after, parts[i]?.upTo);
        assert.equal(
          parts.reduce((sum, { lines }) => sum + lines, 0),
          keys.length,
        );
      });
    }

    test("goes on where a run was ended, and lists what is there no more", async () => {
      let asked = 0;
      const isLate = (): boolean => ++asked > 70;
      await assert.rejects(run(isLate, { isStrict: true }).done, { code: "SlowDown" });
      const there = await keysThere();
      assert.ok(there.length >= 100 && there.length < 900, `${there.length} keys are there`);
      assert.deepEqual(there, keys.slice(0, there.length));
      assert.equal((await readManifest(files))?.isDone, false);

      const second = run();
      const { kept } = await second.done;
      assert.ok(kept >= 1);
      assert.deepEqual(await keysThere(), keys);
      assert.ok(beginsOf(second.s3).every((at) => compareKeys(at, there.at(-1)!) >= 0));
    });

    test("lists again only the parts of which something is missing", async () => {
      await run((at) => at !== undefined && at > "photos/3" && at < "photos/32").done;
      const { parts } = (await readManifest(files))!;
      const broken = parts.filter(({ missing }) => missing !== undefined);
      assert.ok(broken.length >= 1 && broken.length < parts.length / 2);
      const there = await keysThere();
      const gaps = broken.flatMap(({ missing }) => missing!);
      const isMissing = (key: string): boolean =>
        gaps.some(
          ({ after: from, upTo }) =>
            (from === undefined || compareKeys(key, from) > 0) &&
            (upTo === undefined || compareKeys(key, upTo) <= 0),
        );
      assert.deepEqual(
        there,
        keys.filter((key) => !isMissing(key)),
      );
      assert.ok(there.length < keys.length);

      const { done, s3 } = run();
      const { written, kept } = await done;
      assert.deepEqual([written, kept], [broken.length, parts.length - broken.length]);
      assert.deepEqual(await keysThere(), keys);
      const isInBroken = (at: string): boolean =>
        broken.some(
          (part) =>
            compareKeys(at, part.after ?? "") >= 0 &&
            (part.upTo === undefined || compareKeys(at, part.upTo) < 0),
        );
      assert.deepEqual(
        beginsOf(s3).filter((at) => !isInBroken(at)),
        [],
      );
    });

    test("does nothing where all is done", async () => {
      await run().done;
      const { done, s3 } = run();
      assert.equal((await done).written, 0);
      assert.equal(s3.requests.length, 0);
    });

    test("has one empty part of nothing", async () => {
      const list: PartOutput["list"] = async function* () {};
      assert.equal((await run(undefined, { list }).done).written, 1);
      assert.deepEqual(await keysThere(), []);
      assert.deepEqual(await files.list(""), ["_manifest.json", "part-00000"]);
    });

    for (const { name, listing, file } of [
      { name: "of another listing", listing: { prefix: "a" }, file: undefined },
      { name: "with files of others", listing: { prefix: "" }, file: "notes" },
      { name: "with a manifest that is none", listing: { prefix: "" }, file: "_manifest.json" },
    ]) {
      test(`leaves a directory ${name} as it is`, async () => {
        if (file === undefined) await run().done;
        else {
          await run(undefined, { list: async function* () {} }).done;
          await files.remove(["_manifest.json"]);
          await files.replace(file, Buffer.from("[]"));
        }
        const before = await keysThere();
        await assert.rejects(run(undefined, { listing }).done, UserError);
        assert.deepEqual(await keysThere(), before);
      });
    }
  });
}
