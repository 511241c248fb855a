import { randomBytes } from "node:crypto";
import { UserError } from "../errors.ts";
import { version } from "../version.ts";
import type { Files } from "../files/files.ts";

/** What a run is: written when it is begun, and never again. */
export interface RunPlan<Job = unknown> {
  /** The layout of the directory; another number is another layout. */
  readonly format: 1;
  /** When it was begun and a few letters by chance, as `20261124T201502Z-3fa9`. */
  readonly id: string;
  /** The version of Campanile that began it. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  /** The command line, without the program: `["sync", "s3://a", "s3://b"]`. */
  readonly command: readonly string[];
  /** What an engine is to do, as plain data. It says where credentials are found, and holds none. */
  readonly job: Job;
  /** What the keys of its ranges begin with, and what stands in its place at the target. */
  readonly prefix: string;
  readonly toPrefix: string;
  /** The id of the run whose failures it tries again. */
  readonly retryOf?: string | undefined;
}

/** Where a plan lies in a run's directory. */
export const planFile = "plan.json";

/** Makes the plan of a run that begins now. */
export function newPlan<Job>(
  told: Pick<RunPlan<Job>, "command" | "job" | "prefix" | "toPrefix" | "retryOf">,
  now: Date = new Date(),
  chance: string = randomBytes(2).toString("hex"),
): RunPlan<Job> {
  const started = now.toISOString();
  const id = `${started.slice(0, 19).replaceAll(/[-:]/g, "")}Z-${chance}`;
  return { format: 1, id, version, started, ...told };
}

/**
 * Reads the plan of a run; undefined where there is none. Throws a UserError for a file of its name
 * that is none, or of another layout.
 */
export async function readPlan(files: Files): Promise<RunPlan | undefined> {
  const bytes = await files.read(planFile);
  if (bytes === undefined) return undefined;
  const plan = parsed(bytes);
  if (plan === undefined) {
    throw new UserError(
      "usage",
      `cannot read the run in "${files.place}": its ${planFile} is no plan`,
    );
  }
  if (plan.format !== 1) {
    throw new UserError(
      "usage",
      `cannot read the run in "${files.place}": it is of another version of Campanile, ${plan.version}`,
    );
  }
  return plan;
}

function parsed(bytes: Buffer): RunPlan | undefined {
  try {
    const plan = JSON.parse(bytes.toString()) as Partial<RunPlan> | null;
    const isPlan =
      typeof plan?.format === "number" &&
      typeof plan.id === "string" &&
      Array.isArray(plan.command);
    return isPlan ? (plan as RunPlan) : undefined;
  } catch {
    return undefined;
  }
}
