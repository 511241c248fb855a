import type { RunRates } from "./pace-meter.ts";
import type { Files } from "../files/files.ts";
import { isAtWork, readHolder, type RunHolder } from "./run-lock.ts";
import { readPlan, type RunPlan } from "./run-plan.ts";
import { readSummary, type RunSummary } from "./run-summary.ts";
import type { RunProgress } from "./run.ts";
import { readSettled } from "./settled-part.ts";

/** How it is with a run, as seen by who has no part in it. */
export interface RunState {
  readonly plan: RunPlan;
  /**
   * `running`; `done`; `incomplete`: ended in order, but for ranges that could not be listed;
   * `stopped`: ended before it was done, as by an interrupt or a kill.
   */
  readonly state: "running" | "done" | "incomplete" | "stopped";
  readonly progress: RunProgress;
  /** Who is at work on it. */
  readonly holder?: RunHolder | undefined;
  readonly rates?: RunRates | undefined;
  readonly summary?: RunSummary | undefined;
}

/** Looks at a run; undefined where there is none. */
export async function readRunState(files: Files): Promise<RunState | undefined> {
  const plan = await readPlan(files);
  if (plan === undefined) return undefined;
  const holder = await readHolder(files);
  if (holder !== undefined && isAtWork(holder)) {
    // It tells only after a few seconds.
    const progress = holder.progress ?? (await settledProgress(files));
    return { plan, state: "running", progress, holder, rates: holder.rates };
  }
  const summary = await readSummary(files);
  if (summary !== undefined) {
    const state = summary.remaining === 0 ? "done" : "incomplete";
    return { plan, state, progress: summary, summary };
  }
  return { plan, state: "stopped", progress: await settledProgress(files) };
}

async function settledProgress(files: Files): Promise<RunProgress> {
  const { counts } = await readSettled(files);
  return { counts, requests: 0, retries: 0, throttled: 0 };
}
