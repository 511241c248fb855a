import type { ListingRow } from "./listings.ts";
import { threeDigits } from "./markdown.ts";
import type { Row } from "./measured.ts";
import type { Question } from "./question.ts";
import { cpuPerUnit, firstOf, gigabytesPerCpuSecond } from "./table.ts";

/** Says for each goal of the questions whether it is reached. */
export function verdictsOf(
  questions: readonly Question[],
  rows: readonly Row[],
): readonly string[] {
  return rows.flatMap((row) => {
    const question = questions.find(({ name }) => name === row.question)!;
    const ours = firstOf(rows, row);
    return row === ours ? ofOurs(question, row) : ofAnother(question, row, ours);
  });
}

function ofOurs({ goal = {} }: Question, row: Row): readonly string[] {
  const { cpuUs, gigabytesPerCpuSecond: rate, wallMs, peakMegabytes } = goal;
  const title = titleOf(row);
  const verdicts: string[] = [];
  if (cpuUs !== undefined) {
    const is = cpuPerUnit(row) * 1000;
    verdicts.push(atMost(`${title}: us of CPU a unit`, is, cpuUs[row.wire]));
  }
  if (rate !== undefined) {
    verdicts.push(atLeast(`${title}: GB a CPU second`, gigabytesPerCpuSecond(row), rate[row.wire]));
  }
  if (wallMs !== undefined) {
    verdicts.push(atMost(`${title}: ms a unit`, row.wallMs / row.units, wallMs));
  }
  if (peakMegabytes !== undefined) {
    verdicts.push(atMost(`${title}: MB of memory`, row.peakBytes / 1e6, peakMegabytes));
  }
  return verdicts;
}

function ofAnother({ goal = {} }: Question, row: Row, ours: Row): readonly string[] {
  const wanted = goal.timesLess?.[row.client];
  if (wanted === undefined) return [];
  const what = `${titleOf(row)}: times less CPU than ${row.client}`;
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

function titleOf({ question, wire }: Row): string {
  return wire === "tls" ? `${question} over TLS` : question;
}

function atMost(what: string, is: number, wanted: number): string {
  return `${is <= wanted ? "reached" : "MISSED "} ${what}: ${threeDigits(is)}, at most ${wanted}`;
}

function atLeast(what: string, is: number, wanted: number): string {
  return `${is >= wanted ? "reached" : "MISSED "} ${what}: ${threeDigits(is)}, at least ${wanted}`;
}
