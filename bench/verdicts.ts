import type { ListingRow } from "./listings.ts";
import { threeDigits } from "./markdown.ts";
import type { Row } from "./measured.ts";
import type { Goal, Question } from "./question.ts";
import { cpuPerUnit, firstOf, gigabytesPerCpuSecond } from "./table.ts";

/** Says for each goal of the questions whether it is reached. */
export function verdictsOf(
  questions: readonly Question[],
  rows: readonly Row[],
): readonly string[] {
  return rows.flatMap((row) => {
    const { goal = {} } = questions.find(({ name }) => name === row.question)!;
    const ours = firstOf(rows, row);
    return [
      ...(row === ours ? ofOurs(goal, row) : []),
      ...(row.isOurs ? ofMemory(goal, row) : []),
      ...ofTimesLess(goal, row, ours),
    ];
  });
}

function ofOurs({ cpuUs, gigabytesPerCpuSecond: rate, wallMs }: Goal, row: Row): readonly string[] {
  const title = titleOf(row);
  const verdicts: string[] = [];
  if (cpuUs !== undefined) {
    verdicts.push(atMost(`${title}: us of CPU a unit`, cpuPerUnit(row) * 1000, cpuUs[row.wire]));
  }
  if (rate !== undefined) {
    const is = gigabytesPerCpuSecond(row);
    verdicts.push(atLeast(`${title}: GB a CPU second`, is, rate[row.wire]));
  }
  if (wallMs !== undefined) {
    verdicts.push(atMost(`${title}: ms a unit`, row.wallMs / row.units, wallMs));
  }
  return verdicts;
}

function ofMemory({ peakMegabytes }: Goal, row: Row): readonly string[] {
  if (peakMegabytes === undefined) return [];
  return [atMost(`${titleOf(row)}: MB of memory`, row.peakBytes / 1e6, peakMegabytes)];
}

function ofTimesLess({ timesLess }: Goal, row: Row, ours: Row | undefined): readonly string[] {
  const wanted = timesLess?.[row.client];
  if (wanted === undefined || ours === undefined) return [];
  const what = `${titleOf(ours)}: times less CPU than ${row.client}`;
  return [atLeast(what, cpuPerUnit(row) / cpuPerUnit(ours), wanted)];
}

/** Says for each goal of the listings whether it is reached by all of ours, and which is the furthest from it. */
export function listingVerdicts(all: readonly ListingRow[]): readonly string[] {
  const rows = all.filter(({ peer }) => peer === undefined);
  const verdict = (
    what: string,
    rows: readonly ListingRow[],
    value: (row: ListingRow) => number,
    wanted: number,
  ): readonly string[] => {
    const [worst] = rows.toSorted((a, b) => value(b) - value(a));
    if (worst === undefined) return [];
    const { shape, ordered } = worst;
    const where = `${shape}, ${ordered ? "in order" : "in no order"}`;
    return [atMost(`listings: ${what}, at worst (${where})`, value(worst), wanted)];
  };
  const perLimit = [
    { concurrency: 64, requests: 1.1, time: 1.4 },
    { concurrency: 256, requests: 1.3, time: 3 },
  ].flatMap(({ concurrency, requests, time }) => {
    const those = rows.filter((row) => row.concurrency === concurrency);
    const at = `to the least, ${concurrency} at a time`;
    return [
      ...verdict(`requests ${at}`, those, (row) => row.requests / row.leastRequests, requests),
      ...verdict(`time ${at}`, those, (row) => row.wallMs / row.leastMs, time),
    ];
  });
  return [
    ...perLimit,
    ...verdict("us of CPU a key", rows, ({ cpuMs, keys }) => (cpuMs * 1000) / keys, 1),
    ...verdict("MB of memory", rows, ({ peakBytes }) => peakBytes / 1e6, 200),
  ];
}

function titleOf({ question, wire, client }: Row): string {
  return `${question}${wire === "tls" ? " over TLS" : ""}, ${client}`;
}

function atMost(what: string, is: number, wanted: number): string {
  return `${is <= wanted ? "reached" : "MISSED "} ${what}: ${threeDigits(is)}, at most ${wanted}`;
}

function atLeast(what: string, is: number, wanted: number): string {
  return `${is >= wanted ? "reached" : "MISSED "} ${what}: ${threeDigits(is)}, at least ${wanted}`;
}
