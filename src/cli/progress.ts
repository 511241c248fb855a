import { performance } from "node:perf_hooks";
import { humanSize } from "../listing/list-form.ts";
import { objectsDone, PaceMeter, type RunRates, secondsLeft } from "../run/pace-meter.ts";
import type { RunProgress } from "../run/run.ts";
import { count, durationText } from "./amounts.ts";
import { type Io, say } from "./io.ts";

/** How progress is shown: a line that changes on a terminal, else a line now and then; as JSON; or not. */
export type ProgressMode = "lines" | "json" | "none";

/** How often the line on a terminal changes, in milliseconds. */
const redrawMs = 250;

/** How often a line is written where it stays, in milliseconds; a run of a day makes 17,280. */
const lineMs = 5_000;

/** Shows how far a run is, on standard error. */
export interface Progress {
  /** What else writes meanwhile goes by this: a line on the terminal makes way for it. */
  readonly io: Io;
  /** Ends it, and removes the line on the terminal. */
  stop(): void;
}

/**
 * Begins to show how far a run is: `ask` is called for it again and again.
 *
 * @param onShown Told of the same every few seconds, for who keeps it.
 */
export function showProgress(
  io: Io,
  mode: ProgressMode,
  ask: () => RunProgress,
  onShown: (progress: RunProgress, rates: RunRates | undefined) => void = () => {},
): Progress {
  const isTerminal = mode === "lines" && io.stderr.isTTY === true;
  const meter = new PaceMeter(ask(), performance.now());
  const beginMs = performance.now();
  let shownMs = beginMs;
  let hasLine = false;
  const clear = (): void => {
    if (hasLine) io.stderr.write("\r\u001b[K");
    hasLine = false;
  };
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const progress = ask();
    meter.note(progress, nowMs);
    const rates = meter.rates();
    const isDue = nowMs - shownMs >= lineMs;
    if (isTerminal) {
      const width = Math.max(20, (io.stderr.columns ?? 80) - 1);
      io.stderr.write(`\r${progressLine(progress, rates, width)}\u001b[K`);
      hasLine = true;
    } else if (isDue && mode === "lines") {
      say(io, `campanile: ${progressLine(progress, rates)}`);
    } else if (isDue && mode === "json") {
      say(io, JSON.stringify(progressJson(progress, rates, (nowMs - beginMs) / 1000)));
    }
    if (isDue) {
      shownMs = nowMs;
      onShown(progress, rates);
    }
  }, redrawMs);
  timer.unref();
  return {
    io: isTerminal
      ? { ...io, stderr: clearing(io.stderr, clear), stdout: clearing(io.stdout, clear) }
      : io,
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}

/** One line, with as much of it as has room, what matters most first. */
export function progressLine(
  progress: RunProgress,
  rates: RunRates | undefined,
  width = Number.POSITIVE_INFINITY,
): string {
  const { counts, requests, retries, throttled, expectedObjects } = progress;
  const { copied, deleted, skipped, failed, undeleted, bytes } = counts;
  const done = objectsDone(counts);
  const left = secondsLeft(progress, rates);
  const some = (n: number, text: string): string[] => (n > 0 ? [`${count(n)} ${text}`] : []);
  const parts = [
    expectedObjects === undefined
      ? `${count(done)} objects`
      : `${count(done)} of about ${count(Math.max(expectedObjects, done))} objects`,
    ...some(failed + undeleted, "failed"),
    ...some(copied, `copied (${humanSize(bytes)})`),
    ...some(deleted, "deleted"),
    ...(rates === undefined ? [] : [`${count(rates.objects)} objects/s`]),
    ...(left === undefined ? [] : [`${durationText(left)} left`]),
    ...(rates === undefined || bytes === 0 ? [] : [`${humanSize(Math.round(rates.bytes))}/s`]),
    rates === undefined ? `${count(requests)} requests` : `${count(rates.requests)} requests/s`,
    ...some(throttled, "throttled"),
    ...some(retries, "retries"),
    ...some(skipped, "skipped"),
  ];
  let line = parts[0]!.slice(0, width);
  for (const part of parts.slice(1)) {
    if (line.length + 2 + part.length > width) break;
    line += `, ${part}`;
  }
  return line;
}

/** The same for a program to read. */
export function progressJson(
  { counts, requests, retries, throttled, expectedObjects }: RunProgress,
  rates: RunRates | undefined,
  seconds: number,
): object {
  const round = (n: number | undefined): number | undefined =>
    n === undefined || Number.isNaN(n) ? undefined : Math.round(n);
  return {
    seconds: round(seconds),
    ...counts,
    requests,
    retries,
    throttled,
    expectedObjects: round(expectedObjects),
    objectsPerSecond: round(rates?.objects),
    bytesPerSecond: round(rates?.bytes),
    requestsPerSecond: round(rates?.requests),
    secondsLeft: round(
      secondsLeft({ counts, requests, retries, throttled, expectedObjects }, rates),
    ),
  };
}

/** The same output, if it is a terminal: then it clears the line of progress before each write. */
function clearing<Output extends Io["stdout"]>(output: Output, clear: () => void): Output {
  if (output.isTTY !== true) return output;
  return new Proxy(output, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name === "write") clear();
      return value.bind(target) as unknown;
    },
  });
}
