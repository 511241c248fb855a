import { fromSources, ourProgram } from "./our-program.ts";
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
      command: async ({ shared }, starts) => startOften(await ourProgram(shared), starts),
    },
    sources: { command: (_place, starts) => startOften(fromSources, starts) },
  },
};

function startOften(program: readonly string[], starts: number): CommandLine {
  const script =
    'times=$1; shift; while [ $times -gt 0 ]; do "$@" --version; times=$((times - 1)); done';
  return { argv: ["sh", "-c", script, "sh", String(starts), ...program], lines: starts };
}
