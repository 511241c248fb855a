import { UserError } from "../errors.ts";
import { humanSize } from "../listing/list-form.ts";
import { secondsLeft } from "../run/pace-meter.ts";
import { retriesOf } from "../run/retries.ts";
import { readRunState, type RunState } from "../run/run-state.ts";
import { count, durationText } from "./amounts.ts";
import type { Io } from "./io.ts";
import type { SideValues } from "./options.ts";
import { progressJson } from "./progress.ts";
import { withFiles } from "./with-files.ts";
import { shellText } from "./shell-text.ts";
import { summaryRows } from "./summary-table.ts";

/** What `status` and `runs` take. */
export interface ShowValues extends Omit<SideValues, "bucket"> {
  readonly json?: true;
}

interface Found {
  /** Where it lies. */
  readonly place: string;
  readonly state: RunState;
}

/** Writes how it is with a run, and with the last retry of what failed in it. */
export async function showRun(io: Io, place: string, values: ShowValues): Promise<void> {
  await withFiles(io, place, values, "the run", async (files) => {
    const found: Found[] = [];
    for (const one of [files, ...(await retriesOf(files)).slice(-1)]) {
      const state = await readRunState(one);
      if (state !== undefined) found.push({ place: one.place, state });
    }
    if (found.length === 0) {
      throw new UserError("missing", `cannot tell of a run in "${place}": there is none`, {
        hint: "see which there are: campanile runs DIRECTORY",
      });
    }
    if (values.json === true) for (const one of found) writeJson(io, one);
    else {
      const texts = found.map((one) => describe(one, one === found.at(-1) ? place : undefined));
      io.stdout.write(`${texts.join("\n\n")}\n`);
    }
  });
}

/** Writes a line for each run in a directory. */
export async function showRuns(io: Io, place: string, values: ShowValues): Promise<void> {
  await withFiles(io, place, values, "the run", async (files) => {
    const found: Found[] = [];
    for (const name of await files.list("")) {
      const inside = files.within(name);
      const state = await readRunState(inside);
      if (state !== undefined) found.push({ place: inside.place, state });
    }
    if (found.length === 0) {
      throw new UserError("missing", `cannot list runs in "${place}": there is none`, {
        hint: "a run is kept where --run says: campanile sync s3://a s3://b --run runs/first",
      });
    }
    if (values.json === true) for (const one of found) writeJson(io, one);
    else io.stdout.write(found.map(oneLine).join(""));
  });
}

/** As in `done        2026-11-24 17:32:03  1,204,118 listed  3 failed  runs/first  campanile sync …`. */
function oneLine({ place, state: { state, plan, progress } }: Found): string {
  const { listed, failed, undeleted } = progress.counts;
  const columns = [
    state.padEnd("incomplete".length),
    timeText(plan.started),
    `${count(listed)} listed`,
    `${count(failed + undeleted)} failed`,
    place,
    shellText(["campanile", ...plan.command]),
  ];
  return `${columns.join("  ")}\n`;
}

/** @param named How the run is named in the command that goes on with it; without it, none is told. */
function describe({ place, state }: Found, named: string | undefined): string {
  const { plan, progress, rates } = state;
  const left = secondsLeft(progress, rates);
  const rows: (readonly [name: string, text: string])[] = [
    ["run", place],
    ["command", shellText(["campanile", ...plan.command])],
    ["begun", timeText(plan.started)],
    ["state", stateText(state)],
    ...summaryRows(progress.counts, progress),
  ];
  if (rates !== undefined) {
    const bytes = humanSize(Math.round(rates.bytes));
    rows.push([
      "pace",
      `${count(rates.objects)} objects/s, ${bytes}/s, ${count(rates.requests)} requests/s`,
    ]);
  }
  if (left !== undefined) rows.push(["left", `about ${durationText(left)}`]);
  const next = nextCommand(state);
  if (next !== undefined && named !== undefined)
    rows.push(["next", shellText(["campanile", ...next(named)])]);
  return rows.map(([name, text]) => `${name.padEnd(13)}${text}`).join("\n");
}

function stateText({ state, holder, summary, plan }: RunState): string {
  if (state === "running") {
    const { pid, host, since } = holder!;
    const seconds = (Date.now() - Date.parse(since)) / 1000;
    return `running, by process ${pid} on ${host} for ${durationText(seconds)}`;
  }
  if (state === "stopped") return "stopped before it was done";
  const { ended, remaining } = summary!;
  if (state === "incomplete") return `ended, but ${count(remaining)} ranges of keys not listed`;
  const seconds = (Date.parse(ended) - Date.parse(plan.started)) / 1000;
  return `done at ${timeText(ended)}, ${durationText(seconds)} after it was begun`;
}

function nextCommand({
  state,
  progress: { counts },
}: RunState): ((place: string) => readonly string[]) | undefined {
  if (state === "stopped" || state === "incomplete") return (place) => ["resume", place];
  if (state !== "done") return undefined;
  if (counts.failed + counts.undeleted > 0) return (place) => ["retry", place];
  return counts.skipped > 0 ? (place) => ["retry", place, "--skipped"] : undefined;
}

function timeText(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

function writeJson(
  io: Io,
  { place, state: { state, plan, progress, holder, rates, summary } }: Found,
) {
  const endedMs = Date.parse(summary?.ended ?? holder?.seen ?? "");
  const seconds = (endedMs - Date.parse(plan.started)) / 1000;
  const { id, command, started, version, retryOf } = plan;
  const { pid, host, since, seen } = holder ?? {};
  const line = {
    place,
    state,
    id,
    command,
    started,
    version,
    retryOf,
    ended: summary?.ended,
    remaining: summary?.remaining,
    by: holder && { pid, host, since, seen },
    ...progressJson(progress, rates, seconds),
  };
  io.stdout.write(`${JSON.stringify(line)}\n`);
}
