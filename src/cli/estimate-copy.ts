import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../errors.ts";
import { type CopyCost, type CopyWay, costOfCopy } from "../estimate/copy-cost.ts";
import { type EstimatedSide, measureSides, type SidesMeasures } from "../estimate/measure-sides.ts";
import { defaultPrices, type Prices, readPrices, type TransferKind } from "../estimate/prices.ts";
import { defaultRates, type RunTime, runTimeOf } from "../estimate/run-time.ts";
import type { Measures } from "../estimate/sample-tree.ts";
import { humanSize } from "../listing/list-form.ts";
import { isDirectoryBucket } from "../ranges/list-in-turn.ts";
import { RequestsSpent } from "../ranges/request-limit.ts";
import type { Side } from "../record/sided.ts";
import type { ConnectedBucket } from "../s3/connect.ts";
import { withoutSteering } from "../s3/printable.ts";
import { cannotRead } from "../stream/read-lists.ts";
import { Connections } from "./connections.ts";
import type { Io } from "./io.ts";
import { folderOf, s3Address } from "./s3-address.ts";

/** The options of `estimate`. */
export interface EstimateValues {
  readonly requests: number;
  readonly via: CopyWay;
  readonly transfer?: TransferKind;
  readonly prices?: string;
  readonly rate?: number;
  readonly bandwidth?: number;
  readonly json?: true;
}

/** All that is told. */
interface Estimate {
  readonly names: { readonly source: string; readonly target: string | undefined };
  readonly measures: SidesMeasures;
  readonly way: CopyWay;
  readonly transfer: TransferKind;
  readonly prices: Prices;
  readonly cost: CopyCost;
  readonly time: RunTime;
}

/** Tells what a copy of SOURCE to TARGET would be: objects, requests, dollars, time. */
export async function estimateCopy(
  io: Io,
  names: { readonly source: string; readonly target: string | undefined },
  values: EstimateValues,
): Promise<void> {
  const prices = await pricesOf(io, values.prices);
  const { measures, isSameRegion } = await measure(io, names, values);
  const way = values.via;
  const transfer = values.transfer ?? (isSameRegion ? "sameRegion" : "otherRegion");
  const listed = [measures.source, measures.target].flatMap((side) => side?.["objects"] ?? []);
  const cost = costOfCopy(measures.source, { listed, way, transfer, prices });
  const time = runTimeOf(cost, way, {
    writesPerSecond: values.rate ?? defaultRates.writesPerSecond,
    bytesPerSecond: values.bandwidth ?? defaultRates.bytesPerSecond,
  });
  const estimate = { names, measures, way, transfer, prices, cost, time };
  const lines = values.json ? [jsonOf(estimate)] : linesOf(estimate);
  io.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

async function pricesOf({ cwd }: Io, path: string | undefined): Promise<Prices> {
  if (path === undefined) return defaultPrices;
  const text = await readFile(resolve(cwd, path), "utf8").catch((error: unknown) => {
    throw cannotRead(path, error);
  });
  return readPrices(text, path);
}

async function measure(
  io: Io,
  names: Estimate["names"],
  values: EstimateValues,
): Promise<{ readonly measures: SidesMeasures; readonly isSameRegion: boolean }> {
  const connections = new Connections(io, values);
  try {
    const connect = async (side: Side, name: string): Promise<ConnectedSide> => {
      const { bucket: bucketName, prefix } = s3Address(name);
      if (isDirectoryBucket(bucketName)) throw cannotSample(name);
      return { bucket: await connections.open(side, bucketName), prefix: folderOf(prefix) };
    };
    const source = await connect("source", names.source);
    const target = names.target === undefined ? undefined : await connect("target", names.target);
    const measures = await measureSides(source, target, {
      maxRequests: values.requests,
      random: Math.random,
      signal: io.interrupted,
    });
    const isSameRegion = target === undefined || target.bucket.region === source.bucket.region;
    return { measures, isSameRegion };
  } catch (error) {
    if (io.interrupted.aborted) throw new UserError("interrupted", "interrupted");
    if (error instanceof RequestsSpent) throw tooFew(values.requests);
    throw connections.explain(error, `estimate a copy of ${JSON.stringify(names.source)}`);
  } finally {
    await connections.close();
  }
}

interface ConnectedSide extends EstimatedSide {
  readonly bucket: ConnectedBucket;
}

function cannotSample(name: string): UserError {
  return new UserError("usage", `cannot estimate ${JSON.stringify(name)} from samples`, {
    hint: `it is a directory bucket, which S3 lists in no order; count its objects: campanile ls ${name} --summary`,
  });
}

function tooFew(requests: number): UserError {
  return new UserError("failed", `cannot estimate by ${asText(requests)} requests`, {
    hint: "allow more: --requests",
  });
}

/** For people. */
function linesOf({
  names,
  measures,
  way,
  prices,
  transfer,
  cost,
  time,
}: Estimate): readonly string[] {
  const { source, target, error, requests } = measures;
  // No more digits than are known.
  const count = (n: number | undefined): string =>
    asText(error === 0 ? (n ?? 0) : Number((n ?? 0).toPrecision(3)));
  const size = (of: Measures): string =>
    `${about(measures)}${count(of["objects"])} objects, ${humanSize(of["bytes"] ?? 0)}`;
  const changed = ["added", "changed", "same"].map((name) => `${count(source[name])} ${name}`);
  const sides: readonly (readonly [string, string])[] = [
    [names.source, size(source)],
    ...(names.target !== undefined && target !== undefined
      ? [[names.target, size(target)] as const]
      : []),
    ["to copy", `${about(measures)}${count(source["copies"])} objects, ${humanSize(cost.bytes)}`],
    ...(target === undefined ? [] : [["", changed.join(", ")] as const]),
    ...(source["archived"]
      ? [["", `${count(source["archived"])} archived, which have to be restored first`] as const]
      : []),
  ];
  const bill = [
    ...cost.lines.map(({ name, amount, isBytes, cost: price }) => [
      name,
      isBytes ? humanSize(amount) : count(amount),
      price.toFixed(2),
    ]),
    ["total", "", cost.total.toFixed(2)],
  ];
  const machines = time.machines === 1 ? "one machine" : `${asText(time.machines)} machines`;
  return [
    ...aligned(sides),
    "",
    ...aligned([["", "amount", prices.currency], ...bill], [1, 2]),
    "",
    `prices   of ${prices.region}, ${prices.date}; transfer: ${transferWords[transfer]}`,
    `way      ${way === "server" ? "S3 copies by itself" : "the bytes pass through here"}`,
    `time     ${duration(time.seconds)}, for the ${time.by}`,
    `engine   ${time.engine}, ${machines}`,
    `found    by ${asText(requests)} list ${requests === 1 ? "request" : "requests"}; ${errorWords(error)}`,
  ].map((line) => withoutSteering(line.trimEnd()));
}

const transferWords: Readonly<Record<TransferKind, string>> = {
  sameRegion: "within a region",
  otherRegion: "to another region",
  internet: "to the internet",
};

function jsonOf({ names, measures, way, transfer, prices, cost, time }: Estimate): string {
  const { source, target, error, requests } = measures;
  const sizes = (of: Measures | undefined): object | undefined =>
    of && { objects: Math.round(of["objects"] ?? 0), bytes: Math.round(of["bytes"] ?? 0) };
  const number = (name: string): number => Math.round(source[name] ?? 0);
  return JSON.stringify({
    source: { name: names.source, ...sizes(source) },
    target: target && { name: names.target, ...sizes(target) },
    // The standard error, as a part of the number of objects; null where it is not known.
    error,
    listRequests: requests,
    copy: { objects: number("copies"), bytes: cost.bytes },
    added: number("added"),
    changed: number("changed"),
    same: number("same"),
    archived: number("archived"),
    way,
    transfer,
    prices: { date: prices.date, region: prices.region, currency: prices.currency },
    lines: cost.lines,
    total: cost.total,
    time,
  });
}

function about({ error }: SidesMeasures): string {
  return error === 0 ? "" : "about ";
}

function errorWords(error: number): string {
  if (error === 0) return "all were counted";
  if (Number.isNaN(error))
    return "from one sample, which tells nothing of its error: allow more --requests";
  return `from samples, right to ${(200 * error).toFixed(0)} % in most cases; one folder of most keys among thousands is not found`;
}

function aligned(
  rows: readonly (readonly string[])[],
  toTheRight: readonly number[] = [],
): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        toTheRight.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join("  "),
  );
}

function duration(seconds: number): string {
  if (seconds < 1) return "less than a second";
  const units = [
    ["days", 86_400],
    ["hours", 3600],
    ["minutes", 60],
  ] as const;
  const [name, unit] = units.find(([, of]) => seconds >= 2 * of) ?? (["seconds", 1] as const);
  return `${(seconds / unit).toFixed(seconds / unit < 10 ? 1 : 0)} ${name}`;
}

function asText(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}
