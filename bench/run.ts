/**
 * Measures what Campanile's hot paths cost, and what the same work costs the AWS SDK for JavaScript.
 *
 *     npm run bench                       every question
 *     npm run bench -- list stream        those whose names begin so
 *     npm run bench -- --runs 5           the best of five runs instead of three
 *     npm run bench -- --smoke            a few units of each, to see that it works
 *     npm run bench -- --client campanile --cpu-prof DIR copy
 *                                         profiles of one client
 *
 * The table goes to standard output; the exit status is 0 whether goals are reached or not, for another machine has other numbers.
 */
import { parseArgs } from "node:util";

import type { Row } from "./measured.ts";
import { measure } from "./measure.ts";
import { questions } from "./questions.ts";
import { GoMissing, startStub } from "./stub.ts";
import { tableOf, verdictsOf } from "./table.ts";

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runs: { type: "string", default: "3" },
      smoke: { type: "boolean", default: false },
      client: { type: "string", multiple: true },
      "cpu-prof": { type: "string" },
    },
  });
  const asked = questions.filter(
    ({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)),
  );
  if (asked.length === 0) {
    say(`there is no such question; there are ${questions.map(({ name }) => name).join(", ")}`);
    return 2;
  }
  let stub;
  try {
    stub = await startStub();
  } catch (error) {
    if (!(error instanceof GoMissing)) throw error;
    say(error.message);
    return 1;
  }
  const rows: Row[] = [];
  try {
    for (const question of asked) {
      say(`${question.name} …`);
      const found = await measure(question, stub, {
        amount: values.smoke ? question.smoke : question.full,
        runs: values.smoke ? 1 : Number(values.runs),
        clients: values.client,
        profiles: values["cpu-prof"],
      });
      rows.push(...found);
    }
  } finally {
    await stub.stop();
  }
  const verdicts = values.smoke ? [] : asked.flatMap((question) => verdictsOf(question, rows));
  process.stdout.write(`${[tableOf(rows), "", ...verdicts].join("\n").trimEnd()}\n`);
  return 0;
}

function say(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
