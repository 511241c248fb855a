import { rcloneAtItsBest } from "./peers.ts";
import type { Client, CommandQuestion } from "./question.ts";

/** What does `campanile copy` take for a small object that S3 copies by itself? */
export const copyServer = copying({
  name: "copy-server",
  unit: "object that S3 copies",
  size: "10k",
  full: 50_000,
  smoke: 200,
  requestsPerObject: 1,
  goal: { peakMegabytes: 250, timesLess: { s5cmd: 8 } },
  clients: {
    "campanile --workers 1": ours("server", 1),
    "campanile --workers 2": ours("server", 2),
    s5cmd: {
      peer: "s5cmd",
      // With more workers it takes more CPU, and hardly less time.
      argumentsFor: (from, to) => [
        "--log=error",
        "--numworkers=2",
        "cp",
        `s3://${from}/*`,
        `s3://${to}/`,
      ],
    },
    // It asks for each object's head before it has S3 copy it.
    rclone: { peer: "rclone", share: 0.2, argumentsFor: rclone("a", 32) },
    aws: {
      peer: "aws",
      share: 0.02,
      argumentsFor: (from, to) => [
        "s3",
        "cp",
        "--recursive",
        "--only-show-errors",
        `s3://${from}`,
        `s3://${to}`,
      ],
    },
  },
});

/** What does it take for a small object that is read and written? s5cmd and the AWS CLI cannot do that. */
export const copySmall = copying({
  name: "copy-small",
  unit: "object of 10 KiB, streamed",
  size: "10k",
  bytesPerUnit: 10 * 2 ** 10,
  full: 20_000,
  smoke: 200,
  requestsPerObject: 2,
  goal: { peakMegabytes: 250, timesLess: { rclone: 6 } },
  clients: {
    "campanile --workers 1": ours("stream", 1),
    "campanile --workers 2": ours("stream", 2),
    rclone: { peer: "rclone", share: 0.5, argumentsFor: rclone("b", 32) },
  },
});

/** What does it take for a large one? */
export const copyLarge = copying({
  name: "copy-large",
  unit: "object of 64 MiB, streamed",
  size: "64m",
  bytesPerUnit: 64 * 2 ** 20,
  full: 64,
  smoke: 2,
  requestsPerObject: 2,
  goal: { peakMegabytes: 250, timesLess: { rclone: 1 } },
  clients: {
    "campanile --workers 1": ours("stream", 1),
    "campanile --workers 2": ours("stream", 2),
    rclone: { peer: "rclone", argumentsFor: rclone("b", 4) },
  },
});

/** Does memory depend on how many objects are copied? */
export const copyMany = copying({
  name: "copy-10m",
  unit: "object that S3 copies",
  size: "10k",
  full: 10_000_000,
  smoke: 2000,
  isLong: true,
  onlyPlain: true,
  requestsPerObject: 1,
  goal: { peakMegabytes: 200 },
  clients: { "campanile --workers 2": ours("server", 2) },
});

interface Copying extends Omit<CommandQuestion, "kind" | "requestsFor" | "clients"> {
  /** As the names of the synthetic S3's buckets have it. */
  readonly size: string;
  readonly requestsPerObject: number;
  readonly clients: Readonly<Record<string, Copier>>;
}

/** A client that copies one bucket to another. */
interface Copier extends Omit<Client, "command"> {
  argumentsFor(from: string, to: string): readonly string[];
}

function copying({ size, requestsPerObject, clients, ...question }: Copying): CommandQuestion {
  const client = (copier: Copier): Client => ({
    ...copier,
    command({ program }, objects) {
      const from = `logs-${objects}-${size}`;
      const to = `sink-${from}`;
      return { argv: [...program, ...copier.argumentsFor(from, to)], writes: { [to]: objects } };
    },
  });
  return {
    ...question,
    kind: "command",
    requestsFor: (objects) => objects * requestsPerObject + Math.ceil(objects / 1000),
    clients: Object.fromEntries(
      Object.entries(clients).map(([name, copier]) => [name, client(copier)]),
    ),
  };
}

function ours(via: "server" | "stream", workers: number): Copier {
  return {
    argumentsFor: (from, to) => [
      "copy",
      "--quiet",
      `--via=${via}`,
      `--workers=${workers}`,
      `s3://${from}`,
      `s3://${to}`,
    ],
  };
}

/** Within one remote it has S3 copy; from one to another it streams. Each transfer holds megabytes of a large object. */
function rclone(toRemote: "a" | "b", transfers: number): Copier["argumentsFor"] {
  return (from, to) => [
    "copy",
    ...rcloneAtItsBest,
    `--transfers=${transfers}`,
    `a:${from}`,
    `${toRemote}:${to}`,
  ];
}
