import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type BudgetNeed, SharedBudget } from "./shared-budget.ts";

function budgetOf(concurrency: number, adaptive = false): SharedBudget {
  return new SharedBudget({ concurrency, adaptive, windowPages: 100 }, 0);
}

describe("a shared budget", () => {
  const cases: readonly {
    readonly name: string;
    readonly concurrency: number;
    readonly needs: readonly BudgetNeed[];
    readonly limits: readonly number[];
  }[] = [
    { name: "is all one's who is alone", concurrency: 8, needs: ["many"], limits: [8] },
    { name: "is divided equally", concurrency: 8, needs: ["many", "many"], limits: [4, 4] },
    {
      name: "gives what is left over to the oldest",
      concurrency: 8,
      needs: ["many", "many", "many"],
      limits: [3, 3, 2],
    },
    {
      name: "gives one to each that needs no more",
      concurrency: 8,
      needs: ["one", "many", "one", "many"],
      limits: [1, 3, 1, 3],
    },
    {
      name: "gives one to each though there are too few",
      concurrency: 2,
      needs: ["one", "many", "many"],
      limits: [1, 1, 1],
    },
  ];
  for (const { name, concurrency, needs, limits } of cases) {
    test(name, () => {
      const budget = budgetOf(concurrency);
      const shares = needs.map((need) => budget.open(need));
      assert.deepEqual(
        shares.map(({ limit }) => limit),
        limits,
      );
    });
  }

  test("goes to the others when a listing ends", () => {
    const budget = budgetOf(9);
    const [first, second] = [budget.open("many"), budget.open("many")];
    assert.deepEqual([second.limit, second.windowPages], [4, 50]);
    first.close();
    assert.deepEqual([second.limit, second.windowPages], [9, 100]);
  });

  test("takes no notice of replies that come after the end", () => {
    const budget = budgetOf(64, true);
    const share = budget.open("many");
    const { limit } = budget.open("many");
    share.close();
    for (let i = 0; i < 1000; i++) share.noteReply(64, i);
    assert.equal(budget.open("many").limit, limit);
  });

  test("grows while the replies of all together come faster", () => {
    const budget = budgetOf(64, true);
    const shares = [budget.open("many"), budget.open("many")];
    const before = shares[0]!.limit;
    let now = 0;
    for (let i = 0; i < 4000; i++) {
      const total = shares[0]!.limit + shares[1]!.limit;
      now += 100 / total;
      shares[i % 2]!.noteReply(shares[i % 2]!.limit, now);
    }
    assert.ok(shares[0]!.limit > before, `${shares[0]!.limit} is not above ${before}`);
    assert.ok(shares[0]!.limit + shares[1]!.limit <= 64);
  });
});
