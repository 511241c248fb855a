import { type HowToList, listArguments } from "./list-arguments.ts";
import type { Client, CommandQuestion } from "./question.ts";

/** What does `campanile ls` take for a key, from a server that answers at once? */
export const ls: CommandQuestion = {
  kind: "command",
  name: "ls",
  unit: "key",
  full: 10_000_000,
  smoke: 3000,
  requestsFor: (keys) => Math.ceil(keys / 1000),
  goal: { peakMegabytes: 200 },
  clients: {
    campanile: listing({}),
    "campanile --unordered": listing({ ordered: false }),
    s5cmd: listing({ peer: "s5cmd" }, 0.03),
    rclone: listing({ peer: "rclone" }, 0.03),
    aws: listing({ peer: "aws" }, 0.005),
  },
};

function listing(how: HowToList, share = 1): Client {
  return {
    peer: how.peer,
    share,
    command: ({ program }, keys) => ({
      argv: [...program, ...listArguments(`logs-${keys}`, how)],
      lines: keys,
    }),
  };
}
