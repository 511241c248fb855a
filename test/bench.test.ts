import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, test } from "node:test";
import { promisify } from "node:util";

import { questions } from "../bench/questions.ts";
import { hasGo } from "../bench/stub.ts";
import { inCheckout } from "./support/servers/checkout.ts";

const run = promisify(execFile);

describe("the benchmarks", { skip: !hasGo() && "Go is not installed, and they need it" }, () => {
  test("measure every client at every question, and say how many requests it took", async () => {
    const { stdout } = await run(process.execPath, [inCheckout("bench/run.ts"), "--smoke"]);
    const rows = stdout.split("\n").filter((line) => /^\| [a-z]/.test(line));
    const [, ...measured] = rows;
    const found = measured.map((row) => {
      const [, question, client, cpu, , , , requests] = row.split("|").map((cell) => cell.trim());
      assert.match(cpu ?? "", /^[\d.]+ (?:us|ms)$/, row);
      const [made, ideal] = /^(\d+) \((\d+)\)$/.exec(requests ?? "")?.slice(1) ?? [];
      // Our lists are split before they are known to be short: a page more a split.
      const isSplit = question?.startsWith("list-") === true && client === "campanile";
      assert.ok(Number(made) >= Number(ideal) && Number(ideal) > 0, row);
      assert.ok(Number(made) <= Number(ideal) * (isSplit ? 1.25 : 1), row);
      return `${question?.replace(/:.*/, "")} ${client}`;
    });
    const expected = questions.flatMap(({ name, contenders }) =>
      Object.keys(contenders).map((client) => `${name} ${client}`),
    );
    assert.deepEqual(found, expected);
  });

  test("name the questions there are when asked for another", async () => {
    const wrong = run(process.execPath, [inCheckout("bench/run.ts"), "nothing"]);
    await assert.rejects(wrong, (error: { code?: unknown; stderr?: string }) => {
      assert.equal(error.code, 2);
      for (const { name } of questions) assert.ok(error.stderr?.includes(name), name);
      return true;
    });
  });
});
