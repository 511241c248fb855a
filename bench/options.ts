import { existsSync } from "node:fs";
import { parseArgs } from "node:util";

import { BenchError } from "./bench-error.ts";
import type { Question, Size } from "./question.ts";
import { questions } from "./questions.ts";
import type { Wire } from "./server.ts";

/** What is asked for on the command line. */
export interface Options {
  readonly help: boolean;
  readonly questions: readonly Question[];
  /** Whether the table of listings is asked for. */
  readonly listings: boolean;
  readonly wires: readonly Wire[];
  readonly size: Size;
  readonly runs: number;
  readonly peers: boolean;
  readonly clients: readonly string[] | undefined;
  /** A file to start instead of a bundle that is built for it. */
  readonly program: string | undefined;
  readonly profiles: string | undefined;
  readonly json: string | undefined;
  readonly markdown: boolean;
}

const listingsName = "listings";
const names = [...questions.map(({ name }) => name), listingsName];

/** What `--help` prints. */
export const help = `Usage: npm run bench -- [options] [QUESTION...]

Measures what Campanile takes: CPU a unit of work, time, memory and requests, against an S3 server
of synthetic buckets on this machine. QUESTION is a name, or the beginning of some:

${questions.map(({ name, unit }) => `  ${name.padEnd(14)}  a unit is one ${unit}`).join("\n")}
  ${listingsName.padEnd(14)}  whole buckets of seven kinds of keys, from a server that waits before it answers

Which:
  --plain, --tls        only over plain HTTP, or only over TLS; both without these
  --peers               also s5cmd, rclone and the AWS CLI, which are installed where they are not
                        yet; like the AWS SDK, they take part over plain HTTP only, or with --tls
                        over TLS only
  --client NAME         only clients whose names begin so; may be repeated
  --without NAME        not this question; may be repeated
  --all                 also what takes minutes (${listingsName}, and names that end in -10m), and the
                        peers

How much:
  --runs N              the best of so many runs counts; unless told 3, or 1 with --quick, --smoke
                        or --all
  --quick               a tenth of the work
  --smoke               a few units of each, to see that it works

How:
  --program FILE        start this instead of a new bundle, as bin/campanile.ts
  --cpu-prof DIRECTORY  write CPU profiles there, for Chrome's developer tools
  --json FILE           write what was measured there
  --markdown            a report: the tables, with their machine, date and versions
  -h, --help            print this help

Examples:
  npm run bench -- copy list --plain
  npm run bench -- sync --peers --quick
  npm run bench -- --all --markdown > report.md
`;

/** Reads the command line. Throws a BenchError for what it does not know. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const { plain, tls, all, quick, smoke } = values;
  const asked = namesAsked(positionals);
  const without = namesAsked(values.without ?? []);
  if (quick && smoke) throw new BenchError("--quick and --smoke exclude each other", 2);
  const size = smoke ? "smoke" : quick ? "quick" : "full";
  const runs = Number(values.runs ?? (size === "full" && !all ? 3 : 1));
  if (!Number.isSafeInteger(runs) || runs < 1) {
    throw new BenchError(`--runs takes a number of 1 or more, not "${values.runs}"`, 2);
  }
  const wires: readonly Wire[] = plain === tls ? ["plain", "tls"] : [plain ? "plain" : "tls"];
  const asksFor = ({ name, isLong }: Question): boolean =>
    !without.includes(name) && (asked.length > 0 ? asked.includes(name) : all || isLong !== true);
  const questionsAsked = questions.filter(asksFor);
  for (const { name, onlyPlain } of questionsAsked) {
    if (asked.length > 0 && onlyPlain === true && !wires.includes("plain")) {
      throw new BenchError(`${name} is measured without TLS only; leave out --tls`, 2);
    }
  }
  if (values.program !== undefined && !existsSync(values.program)) {
    throw new BenchError(`there is no program ${JSON.stringify(values.program)} to start`, 2);
  }
  checkClients(questionsAsked, values.client ?? []);
  return {
    help: values.help,
    questions: questionsAsked,
    listings:
      !without.includes(listingsName) && (asked.length > 0 ? asked.includes(listingsName) : all),
    wires,
    size,
    runs,
    peers: values.peers || all,
    clients: values.client,
    program: values.program,
    profiles: values["cpu-prof"],
    json: values.json,
    markdown: values.markdown,
  };
}

/** The names that were meant: a whole name means that one, and a beginning all that begin so. */
function namesAsked(positionals: readonly string[]): readonly string[] {
  return positionals.flatMap((asked) => {
    if (names.includes(asked)) return [asked];
    const meant = names.filter((name) => name.startsWith(asked));
    if (meant.length > 0) return meant;
    throw new BenchError(`there is no question "${asked}"; there are ${names.join(", ")}`, 2);
  });
}

function checkClients(asked: readonly Question[], starts: readonly string[]): void {
  const clients = new Set(
    asked.flatMap((question) =>
      Object.keys(question.kind === "path" ? question.contenders : question.clients),
    ),
  );
  for (const start of starts) {
    if (![...clients].some((client) => client.startsWith(start))) {
      throw new BenchError(
        `there is no client "${start}"; there are ${[...clients].join(", ")}`,
        2,
      );
    }
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        plain: { type: "boolean", default: false },
        tls: { type: "boolean", default: false },
        peers: { type: "boolean", default: false },
        client: { type: "string", multiple: true },
        without: { type: "string", multiple: true },
        all: { type: "boolean", default: false },
        runs: { type: "string" },
        quick: { type: "boolean", default: false },
        smoke: { type: "boolean", default: false },
        program: { type: "string" },
        "cpu-prof": { type: "string" },
        json: { type: "string" },
        markdown: { type: "boolean", default: false },
        help: { type: "boolean", default: false, short: "h" },
      },
    });
  } catch (error) {
    // It is about an option that is not known, or lacks its value, and written for who typed it.
    throw new BenchError(`${(error as Error).message}; --help tells what there is`, 2);
  }
}
