import { rcloneAtItsBest } from "./peers.ts";
import type { Client, CommandQuestion } from "./question.ts";

/** What does `campanile sync` take for an object that is the same at both sides already? */
export const sync: CommandQuestion = {
  ...syncing(),
  name: "sync",
  full: 1_000_000,
  goal: {
    cpuUs: { plain: 1, tls: 1.6 },
    peakMegabytes: 200,
    timesLess: { s5cmd: 8, rclone: 8 },
  },
  clients: {
    "campanile --workers 1": ours(1),
    "campanile --workers 2": ours(2),
    s5cmd: {
      peer: "s5cmd",
      share: 0.1,
      command: ({ program }, objects) => {
        const [from, to] = equalBuckets(objects);
        const options = ["--log=error", "--numworkers=2"];
        return { argv: [...program, ...options, "sync", `s3://${from}/*`, `s3://${to}/`] };
      },
    },
    rclone: {
      peer: "rclone",
      share: 0.25,
      command: ({ program }, objects) => {
        const [from, to] = equalBuckets(objects);
        return { argv: [...program, "sync", ...rcloneAtItsBest, `a:${from}`, `a:${to}`] };
      },
    },
    aws: {
      peer: "aws",
      share: 0.01,
      command: ({ program }, objects) => {
        const [from, to] = equalBuckets(objects);
        const options = ["--size-only", "--only-show-errors"];
        return { argv: [...program, "s3", "sync", ...options, `s3://${from}`, `s3://${to}`] };
      },
    },
  },
};

/** Does it grow with the number of objects by more than that, and does its memory grow at all? */
export const syncMany: CommandQuestion = {
  ...syncing(),
  name: "sync-10m",
  full: 10_000_000,
  isLong: true,
  onlyPlain: true,
  goal: { cpuUs: { plain: 1, tls: 1.6 }, peakMegabytes: 200 },
  clients: { "campanile --workers 1": ours(1), "campanile --workers 2": ours(2) },
};

function syncing() {
  return {
    kind: "command",
    unit: "object of both sides",
    smoke: 2000,
    requestsFor: (objects: number) => 2 * Math.ceil(objects / 1000),
  } as const;
}

function ours(workers: number): Client {
  return {
    command: ({ program }, objects) => {
      const [from, to] = equalBuckets(objects);
      const options = ["--quiet", `--workers=${workers}`];
      return { argv: [...program, "sync", ...options, `s3://${from}`, `s3://${to}`] };
    },
  };
}

function equalBuckets(objects: number): readonly [string, string] {
  return [`logs-${objects}`, `logs-${objects}.v0`];
}
