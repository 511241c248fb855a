import { BenchError } from "./bench-error.ts";
import type { Workshop } from "./go.ts";
import type { Row } from "./measured.ts";
import { measurePath } from "./measure-path.ts";
import { peerProgram } from "./peers.ts";
import type { Progress } from "./progress.ts";
import type { Question, Size } from "./question.ts";
import { type RanCommand, runCommand } from "./run-command.ts";
import type { Stub } from "./stub.ts";

/** How questions are measured. */
export interface MeasureOptions {
  readonly workshop: Workshop;
  /** How our own program is started. */
  readonly program: readonly string[];
  readonly size: Size;
  /** The best of so many runs of ours counts; the others' are slow, and get one. */
  readonly runs: number;
  /** Only clients whose names begin so; left out, all. */
  readonly clients: readonly string[] | undefined;
  /** Whether peers take part; `others` says it of the AWS SDK. */
  readonly peers: boolean;
  readonly others: boolean;
  /** Where to write CPU profiles of the clients. */
  readonly profiles: string | undefined;
  readonly progress: Progress;
}

/** One who answers a question. */
interface Contestant {
  readonly client: string;
  readonly isOurs: boolean;
  readonly units: number;
  readonly run: () => Promise<RanCommand>;
}

/** Measures all clients at one question, by turns, so that a noisy minute of the machine meets each of them. */
export async function measure(
  question: Question,
  stub: Stub,
  options: MeasureOptions,
): Promise<readonly Row[]> {
  const contestants = contestantsOf(question, stub, options).filter(
    ({ client }) => options.clients?.some((start) => client.startsWith(start)) ?? true,
  );
  const runs = question.kind === "command" && question.isLong === true ? 1 : options.runs;
  const best = new Map<Contestant, RanCommand>();
  const failed = new Set<Contestant>();
  for (let run = 0; run < runs; run++) {
    for (const contestant of contestants) {
      if (failed.has(contestant) || (run > 0 && !contestant.isOurs)) continue;
      options.progress.begins(`${question.name}, ${stub.wire}: ${contestant.client}`);
      try {
        const ran = await measureOnce(question, contestant);
        const before = best.get(contestant);
        if (before === undefined || ran.cpuMs < before.cpuMs) best.set(contestant, ran);
      } catch (error) {
        if (!(error instanceof BenchError)) throw error;
        options.progress.failed(error);
        failed.add(contestant);
      }
    }
  }
  const { name, unit, bytesPerUnit } = question;
  return Array.from(best, ([{ client, isOurs, units }, ran]) => ({
    ...ran,
    question: name,
    wire: stub.wire,
    client,
    isOurs,
    unit,
    units,
    idealRequests: question.requestsFor(units),
    bytes: bytesPerUnit === undefined ? undefined : units * bytesPerUnit,
  }));
}

async function measureOnce(question: Question, contestant: Contestant): Promise<RanCommand> {
  const ran = await contestant.run();
  const ideal = question.requestsFor(contestant.units);
  if (ran.requests >= ideal) return ran;
  const who = `${contestant.client} at ${question.name}`;
  throw new BenchError(`${who}: ${ran.requests} requests cannot have done what takes ${ideal}`);
}

function contestantsOf(
  question: Question,
  stub: Stub,
  { workshop, program, size, peers, others, profiles }: MeasureOptions,
): readonly Contestant[] {
  const unitsOf = (share: number): number => {
    const { full, smoke } = question;
    const units = Math.round(full * share * (size === "quick" ? 0.1 : 1));
    return size === "smoke" ? smoke : Math.max(units, smoke);
  };
  if (question.kind === "path") {
    return Object.keys(question.contenders).flatMap((client) => {
      const isOurs = client.startsWith("campanile");
      if (!isOurs && !others) return [];
      const units = unitsOf(isOurs ? 1 : 0.2);
      const run = (): Promise<RanCommand> => measurePath(question, client, stub, units, profiles);
      return [{ client, isOurs, units, run }];
    });
  }
  const [node = "", ...rest] = program;
  const profiled = profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
  const ours = [node, ...profiled, ...rest];
  return Object.entries(question.clients).flatMap(([name, client]) => {
    const { peer, share = 1 } = client;
    if (peer !== undefined && !peers) return [];
    const units = unitsOf(share);
    const program = peer === undefined ? ours : [peerProgram(peer)];
    const run = (): Promise<RanCommand> =>
      runCommand(workshop, stub, program, (place) => client.command(place, units));
    return { client: name, isOurs: peer === undefined, units, run };
  });
}
