import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { Counters } from "../../counters.ts";
import { Reporter } from "./reporter.ts";

/** A reporter, what it writes, and its time. */
function start(status: () => string = () => "at work") {
  const counters = new Counters();
  const written: string[] = [];
  const reporter = new Reporter(counters, status, (text) => written.push(text));
  return {
    counters,
    reporter,
    /** The lines since the last call. */
    lines: (): string[] => written.splice(0).join("").split("\n").slice(0, -1),
  };
}

describe("Reporter", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setInterval"] }));
  afterEach(() => mock.timers.reset());

  test("tells 5,000 records in two lines, not in 5,000", () => {
    const { counters, reporter, lines } = start();
    for (let i = 0; i < 5000; i++) counters.add("objectcopy", "records");
    mock.timers.tick(10_000);
    reporter.stop();
    assert.deepEqual(lines(), [
      "reporter:counter:objectcopy,records,5000",
      "reporter:status:at work",
      "reporter:status:at work",
    ]);
  });

  test("tells what was gained since the last time, which Hadoop adds up", () => {
    const { counters, reporter, lines } = start();
    counters.add("photos", "Bytes", 7);
    mock.timers.tick(10_000);
    assert.deepEqual(lines(), ["reporter:counter:photos,Bytes,7", "reporter:status:at work"]);
    counters.add("photos", "Bytes", 5);
    counters.add("photos", "Objects", 0);
    mock.timers.tick(10_000);
    assert.deepEqual(lines(), ["reporter:counter:photos,Bytes,5", "reporter:status:at work"]);
    counters.add("photos", "Objects");
    reporter.stop();
    assert.deepEqual(lines(), ["reporter:counter:photos,Objects,1", "reporter:status:at work"]);
  });

  test("speaks in a task without news too, or Hadoop would end it", () => {
    const { reporter, lines } = start();
    mock.timers.tick(60_000);
    assert.equal(lines().length, 6);
    reporter.stop();
  });

  test("is silent once it is stopped", () => {
    const { reporter, lines } = start();
    reporter.stop();
    assert.equal(lines().length, 1);
    mock.timers.tick(60_000);
    assert.deepEqual(lines(), []);
  });

  const names = [
    { name: "a comma", group: "a,b", line: "reporter:counter:a_b,n,1" },
    { name: "a line end", group: "a\r\nb", line: "reporter:counter:a__b,n,1" },
  ];
  for (const { name, group, line } of names) {
    test(`keeps ${name} in a name from making another line`, () => {
      const { counters, reporter, lines } = start();
      counters.add(group, "n");
      reporter.stop();
      assert.equal(lines()[0], line);
    });
  }

  test("keeps names apart that look the same then", () => {
    const { counters, reporter, lines } = start();
    counters.add("a,b", "n", 2);
    counters.add("a_b", "n", 3);
    reporter.stop();
    const told = lines().filter((line) => line.startsWith("reporter:counter:"));
    const sum = told.reduce((total, line) => total + Number(line.split(",")[2]), 0);
    assert.equal(sum, 5);
  });

  test("keeps a status to one line of 512 characters", () => {
    const { reporter, lines } = start(() => `reporter:\nx\r${"y".repeat(1000)}`);
    reporter.stop();
    const [line, ...more] = lines();
    assert.deepEqual(more, []);
    assert.equal(line?.length, "reporter:status:".length + 512);
  });
});
