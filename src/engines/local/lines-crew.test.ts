import assert from "node:assert/strict";
import { homedir } from "node:os";
import { setTimeout } from "node:timers/promises";
import { after, afterEach, before, describe, test } from "node:test";

import { openRig, type Rig } from "../../../test/support/rig.ts";
import { accounts } from "../../../test/support/servers/running.ts";
import { UserError } from "../../errors.ts";
import type { EntryFilter } from "../../listing/entry-filter.ts";
import { formOf, type FormWords, plainForm } from "../../listing/list-form.ts";
import { ListingSummary } from "../../listing/listing-summary.ts";
import type { KeyRange } from "../../ranges/key-range.ts";
import { LineBuffer } from "../../stream/line-buffer.ts";
import { LinesCrew, type LinesCrewOptions } from "./lines-crew.ts";
import type { Trouble } from "./lines-thread.ts";

const keyCount = 1500;

/** After so many pages of three keys threads are begun. */
const pagesBefore = 120;
const { accessKeyId, secretAccessKey } = accounts.source;
const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };

/** A listing, how it is written, and with how many threads. */
interface Listing {
  readonly workers: number;
  readonly ordered?: boolean;
  readonly form?: FormWords | undefined;
  readonly filter?: EntryFilter;
  readonly onRangeFailed?: (range: KeyRange, error: Error) => void;
  readonly more?: Partial<LinesCrewOptions>;
}

interface Listed {
  readonly lines: string;
  readonly summary: ListingSummary;
  readonly listed: number;
  readonly lastKey: string;
  readonly trouble: Trouble;
}

describe("LinesCrew", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig({ pageSize: 3 });
    for (let i = 0; i < keyCount; i++) {
      rig.server.putObject("source-bucket", `photos/${i}/a&ä\t${i * i}`, "x".repeat(i % 7));
    }
  });
  after(() => rig.close());
  afterEach(() => rig.server.faults.clear());

  async function list(listing: Listing): Promise<Listed> {
    const { workers, ordered = true, form, filter = {}, onRangeFailed, more } = listing;
    const summary = new ListingSummary();
    const side = { bucket: "source-bucket", endpoint: rig.server.url, region: "us-east-1" };
    const place = { home: homedir(), cwd: process.cwd(), concurrency: 16 };
    const query = { prefix: "photos/", pageSize: 3 };
    const crew = new LinesCrew({
      bucket: rig.source,
      data: { query, filter, form, side, ...place },
      form: form === undefined ? plainForm : formOf(form),
      workers,
      summary,
      env,
      signal: new AbortController().signal,
      ...more,
    });
    const buffer = new LineBuffer();
    let listed = 0;
    let lastKey = "";
    let pages = 0;
    const awaited = more?.resourceLimits === undefined ? workers : 1;
    let trouble: Trouble | undefined;
    try {
      for await (const page of crew.lines({ ordered, concurrency: 16, onRangeFailed })) {
        page.lines.writeLines(buffer);
        page.lines.release();
        listed += page.listed;
        ({ lastKey } = page);
        pages++;
        // Else all would be listed before the threads have begun; in order it runs ahead all the same.
        while (pages === pagesBefore && crew.size < awaited) await setTimeout(5);
      }
    } finally {
      trouble = await crew.close();
    }
    return { lines: buffer.written().toString(), summary, listed, lastKey, trouble };
  }

  const cases: readonly (Pick<Listing, "form" | "filter" | "ordered"> & {
    readonly name: string;
  })[] = [
    { name: "as entries", form: {} },
    { name: "as JSON, by a filter", form: { json: true }, filter: { minSize: 2 } },
    { name: "as columns, in no order", form: { columns: ["key", "size"] }, ordered: false },
    { name: "as sums alone", form: undefined },
  ];
  for (const { name, ...listing } of cases) {
    test(`gives the same with one thread and with three: ${name}`, async () => {
      const [one, three] = [
        await list({ ...listing, workers: 1 }),
        await list({ ...listing, workers: 3 }),
      ];
      const textOf = ({ lines }: Listed): string =>
        listing.ordered === false ? lines.split("\n").sort().join("\n") : lines;
      assert.equal(textOf(three), textOf(one));
      assert.deepEqual(three.summary.classes, one.summary.classes);
      assert.deepEqual([one.listed, three.listed], [keyCount, keyCount]);
      if (listing.ordered !== false) assert.equal(three.lastKey, one.lastKey);
    });
  }

  test("tells of a part that cannot be listed, in whichever thread, and lists the rest", async () => {
    rig.server.faults.add({
      kind: "error",
      code: "NoSuchKey",
      operation: "ListObjectsV2",
      after: 250,
      count: 5,
    });
    const failed: Error[] = [];
    const { listed } = await list({
      workers: 3,
      form: {},
      ordered: false,
      onRangeFailed: (_, error) => failed.push(error),
    });
    assert.equal(failed.length, 5);
    assert.ok(listed < keyCount && listed > 0);
  });

  test("tells what its threads had to try again", async () => {
    rig.server.faults.add({ kind: "slowDown", operation: "ListObjectsV2", after: 250, count: 60 });
    const { listed, trouble } = await list({ workers: 3, form: {}, ordered: false });
    assert.equal(listed, keyCount);
    assert.ok(trouble.retries > 0 && trouble.throttled > 0, JSON.stringify(trouble));
  });

  test("ends when a thread dies, and says so", async () => {
    const resourceLimits = { maxOldGenerationSizeMb: 4, maxYoungGenerationSizeMb: 1 };
    await assert.rejects(
      list({ workers: 2, form: {}, ordered: false, more: { resourceLimits } }),
      (error) => error instanceof UserError && /a worker thread has died/.test(error.message),
    );
  });

  test("ends when it is interrupted", async () => {
    const stop = new AbortController();
    const reason = new Error("interrupted");
    rig.server.faults.add({ kind: "error", code: "NoSuchKey", after: 250, count: 1 });
    const ended = list({
      workers: 3,
      form: {},
      more: { signal: stop.signal },
      onRangeFailed: () => stop.abort(reason),
    });
    await assert.rejects(ended, reason);
  });
});
