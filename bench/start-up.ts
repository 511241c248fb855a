import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import type { CommandLine, CommandQuestion } from "./question.ts";

/** What does it take until the program has told its version, as it is published and from its sources? */
export const startUp: CommandQuestion = {
  kind: "command",
  name: "start-up",
  unit: "start",
  full: 20,
  smoke: 1,
  onlyPlain: true,
  requestsFor: () => 0,
  goal: { wallMs: 120 },
  clients: {
    bundle: {
      async command({ shared }, starts) {
        const dist = join(shared, "dist");
        const bundle = join(dist, "campanile.mjs");
        if (!existsSync(bundle)) {
          const build = join(import.meta.dirname, "../scripts/build.ts");
          await promisify(execFile)(process.execPath, [build, "--bundle", dist]);
        }
        return startOften([process.execPath, bundle], starts);
      },
    },
    sources: { command: ({ program }, starts) => startOften(program, starts) },
  },
};

function startOften(program: readonly string[], starts: number): CommandLine {
  const script =
    'times=$1; shift; while [ $times -gt 0 ]; do "$@" --version; times=$((times - 1)); done';
  return { argv: ["sh", "-c", script, "sh", String(starts), ...program], lines: starts };
}
