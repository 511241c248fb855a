import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { describe, test } from "node:test";

import { JobCounters } from "../engines/hadoop/job-counters.ts";
import { type HadoopPlan, planSteps } from "../engines/hadoop/plan-steps.ts";
import { UserError } from "../errors.ts";
import { HadoopReport } from "./hadoop-report.ts";

const plan: HadoopPlan = {
  source: { bucket: "photos", options: [] },
  target: { bucket: "copies", options: [] },
  directory: "/run",
  partFile: "/run/part.all",
  partName: "part.all",
  results: "/run/results",
  diff: { with: "shuffle", options: [], asks: false },
  marks: true,
  delete: true,
  program: ["node", "campanile.mjs"],
  files: [],
  archives: [],
};

/** What each step has counted, by the beginning of its name: `group name total`. */
const well: Readonly<Record<string, string>> = {
  "list.photos": "photos Objects 10",
  "list.copies": "copies Objects 12",
  diff: "diff added 3, diff changed 1, diff same 6, diff removed 5",
  mlist: "multipartlist records 6",
  copy: "multipartcomplete records 6",
  delete: "objectdelete records 5",
};

describe("HadoopReport", () => {
  test("is content when all adds up", () => {
    const told = report({});
    assert.match(told, /diff\.photos\.part\.all: done: 3 added, 1 changed, 6 same, 5 removed/);
    assert.match(told, /the results are in \/run\/results/);
  });

  const cases = [
    {
      name: "a key that was listed and not compared",
      counted: { diff: "diff added 3, diff changed 1, diff same 5" },
      reason: "failed",
      message: /of 10 keys that were listed, 9 were compared/,
    },
    {
      name: "a task without a result",
      counted: { copy: "multipartcomplete records 5" },
      reason: "failed",
      message: /of 6 tasks, 5 were answered/,
    },
    {
      name: "records that were not done",
      counted: { copy: "multipartcomplete records 6, multipartcomplete failed 2" },
      reason: "some-failed",
      message: /2 records were not done/,
    },
    {
      name: "more deletions than there may be, before they begin",
      counted: { diff: "diff added 5, diff same 5, diff removed 7" },
      reason: "failed",
      message: /cannot delete 7 of the 12 objects of "s3:\/\/copies": no more than 6 may be/,
    },
    {
      name: "deletions of which not all were counted, before they begin",
      counted: { diff: "diff added 3, diff changed 1, diff same 6, diff removed 4" },
      reason: "failed",
      message: /of 12 keys of the target, 11 were compared/,
    },
    {
      name: "deletions of which nobody knows how many they are, before they begin",
      counted: { diff: "" },
      reason: "failed",
      message: /cannot delete: what was counted of "\/run\/diff\.list" is lost/,
    },
  ];
  for (const { name, counted, reason, message } of cases) {
    test(`tells of ${name}`, () => {
      assert.throws(
        () => report(counted),
        (error) => {
          assert.ok(error instanceof UserError);
          assert.equal(error.reason, reason);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test("does not say that all was done where a step that was passed over is not known", () => {
    assert.throws(
      () => report({ copy: undefined }),
      /cannot tell whether all was done: what was counted of "\/run\/results" is lost/,
    );
  });

  test("tells of a diff that there is a difference", () => {
    const diff = { ...plan, delete: false, upTo: "diff" } as const;
    assert.throws(
      () => report({}, diff),
      (error) => (error as UserError).reason === "different",
    );
    assert.match(report({ diff: "diff same 10" }, diff), /the difference is in \/run\/diff\.list/);
  });

  /** Goes through the steps as if they had counted so, undefined is lost, and gives what is said of them. */
  function report(counted: Readonly<Record<string, string | undefined>>, of = plan): string {
    let told = "";
    const stderr = new Writable({
      write(chunk, _, done) {
        told += String(chunk);
        done();
      },
    });
    const io = {
      stdin: new PassThrough(),
      stdout: new PassThrough(),
      stderr,
      env: {},
      home: "/",
      cwd: "/",
      interrupted: new AbortController().signal,
    };
    const report = new HadoopReport(io, of, { quiet: false, maxDelete: { percent: 50 } });
    for (const step of planSteps(of)) {
      report.start(step);
      const [, text] =
        Object.entries({ ...well, ...counted }).find(([name]) => step.name.startsWith(name)) ?? [];
      if (text === undefined) report.passed(step, undefined);
      else report.done(step, { counters: countersOf(text), failedAttempts: [] });
    }
    report.finish();
    return told;
  }
});

function countersOf(text: string): JobCounters {
  const counters = new JobCounters();
  if (text === "") return counters;
  for (const [group = "", name = "", total] of text.split(", ").map((one) => one.split(" "))) {
    counters.set(group, name, Number(total));
  }
  return counters;
}
