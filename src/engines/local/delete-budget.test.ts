import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DeleteBudget } from "./delete-budget.ts";

describe("DeleteBudget", () => {
  const many = 1_500_000;
  const cases = [
    { name: "lets any number go that is allowed", max: { percent: 100 }, targets: many, may: true },
    { name: "as many as were named", max: { objects: many }, targets: many, may: true },
    { name: "not one more", max: { objects: many - 1 }, targets: many, may: false },
    { name: "not more than can wait", max: { percent: 50 }, targets: many, may: false },
  ] as const;
  for (const { name, max, targets, may } of cases) {
    test(name, async () => {
      const budget = new DeleteBudget(max);
      assert.equal(await budget.mayDelete(many, targets), may);
      assert.equal(budget.refused, may ? 0 : many);
    });
  }

  test("lets what waits go when enough of the target is known, and nothing more after it has refused", async () => {
    const budget = new DeleteBudget({ percent: 50 });
    const first = budget.mayDelete(10, 10);
    await budget.mayDelete(0, 10);
    assert.equal(await first, true);
    const second = budget.mayDelete(2, 2);
    budget.end();
    assert.equal(await second, false);
    assert.equal(await budget.mayDelete(0, 100), true);
    assert.equal(await budget.mayDelete(1, 100), false);
    assert.equal(budget.refused, 3);
  });

  const before = { targets: 90, deleted: 40 };
  const resumed = [
    { name: "lets go what is left", max: { percent: 50 }, count: 10, may: true },
    { name: "nothing beyond it", max: { percent: 50 }, count: 11, may: false },
    { name: "so many are left of a number", max: { objects: 50 }, count: 10, may: true },
    { name: "and no more of it", max: { objects: 50 }, count: 11, may: false },
  ] as const;
  for (const { name, max, count, may } of resumed) {
    test(`counts what the run has deleted before: ${name}`, async () => {
      const budget = new DeleteBudget(max, before);
      const asked = budget.mayDelete(count, 11);
      budget.end();
      assert.equal(await asked, may);
    });
  }
});
