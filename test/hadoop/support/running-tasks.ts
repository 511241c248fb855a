import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";

/** A process of ours that runs as a task of a cluster. */
export interface RunningTask {
  readonly pid: number;
  /** As `attempt_1764000000000_0001_m_000003_0`. */
  readonly attempt: string;
  /** The node on which it runs. */
  readonly node: number;
  /** All that other users of the node, and the job's history, can see of it. */
  readonly seen: readonly string[];
}

/** Finds the tasks that run a stage now. */
export function runningTasks(directory: string, stage: string): readonly RunningTask[] {
  return processesOf(directory)
    .filter(({ words }) => words[1]?.endsWith("campanile.mjs") && words[2] === stage)
    .map(({ pid, node, words, environment }) => {
      const named = environment.find((one) => one.startsWith("mapreduce_task_attempt_id="));
      const attempt = named?.slice(named.indexOf("=") + 1) ?? "";
      return { pid, node, attempt, seen: [...words, ...environment] };
    });
}

/** The node that runs the master of a job. */
export function masterNode(directory: string): number | undefined {
  return processesOf(directory).find(({ words }) =>
    words.some((word) => word.endsWith("MRAppMaster")),
  )?.node;
}

interface Process {
  readonly pid: number;
  readonly node: number;
  readonly words: readonly string[];
  readonly environment: readonly string[];
}

/** All that the nodes of a cluster run: by their folders, which lie in that of the cluster. */
function processesOf(directory: string): readonly Process[] {
  // As the kernel tells it, also of a checkout behind a link.
  const real = realpathSync(directory);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const folder = readlinkSync(`/proc/${name}/cwd`);
        const node = folder.startsWith(real) ? /\/node-(\d+)\//.exec(folder)?.[1] : undefined;
        if (node === undefined) return [];
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
        const environment = readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
        return [{ pid: Number(name), node: Number(node), words, environment }];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}
