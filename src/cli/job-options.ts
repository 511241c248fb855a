import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CompareMode } from "../compare/compare-mode.ts";
import type { MaxDelete } from "../engines/local/delete-budget.ts";
import type { OnUnknownParts } from "../stages/multipartlist.ts";
import { copyOptions, type CopyValues } from "./copy-options.ts";
import { UserError } from "../errors.ts";
import { listAddress } from "./list-address.ts";
import { addFilterOptions, type FilterValues } from "./filter-options.ts";
import {
  onUnknownPartsOption,
  positiveInteger,
  quietOption,
  RequiredOption,
  sideOptions,
} from "./options.ts";
import type { Io } from "./io.ts";
import { byteSize } from "./quantities.ts";
import type { KeyPattern } from "../listing/entry-filter.ts";

/** How a job is run on this machine. */
export interface LocalValues {
  readonly workers?: number;
  readonly concurrency?: number;
  readonly maxRequestsPerSecond?: number;
  readonly bandwidth?: number;
  readonly jsonProgress?: true;
  readonly quiet: boolean;
}

/** The options of `copy` and `sync`. */
export interface JobValues
  extends Omit<CopyValues, "stripPrefix" | "toPrefix">, FilterValues, LocalValues {
  readonly fromList?: string;
  readonly sort?: true;
  readonly results?: true;
  readonly run?: string;
  readonly onUnknownParts: OnUnknownParts;
  readonly exactParts?: true;
  readonly dryRun?: true;
  readonly compare?: CompareMode;
  readonly delete?: true;
  readonly maxDelete?: MaxDelete;
}

/** Options of a copy that the two addresses say. */
const byAddress = new Set(["--strip-prefix", "--to-prefix"]);

/** Adds what `copy` and `sync` have alike; gives the patterns of keys that will be found among the options. */
export function addJobOptions(command: Command, io: Pick<Io, "cwd">): readonly KeyPattern[] {
  const patterns = addFilterOptions(
    command,
    "Which objects:",
    io,
    "the part behind FOLDER/ counts (--filter sees the whole key)",
  );
  const fromLists = [
    new Option(
      "--from-list <list>",
      "only those of a list, as ls writes it: a file, a directory of files, - for standard input, or inventory:MANIFEST for a report of S3 Inventory, as inventory:s3://BUCKET/…/manifest.json; the source is not listed",
    ).argParser((text) => absolute(text, io.cwd)),
    new Option("--sort", "sort that list first, in TMPDIR: it is in no order"),
  ];
  for (const option of fromLists) command.addOption(option.helpGroup("Which objects:"));
  command
    .option("--dry-run", "change nothing, and write the entries of what would be changed")
    .option(
      "--results",
      "write a line for each object that was copied or deleted, and not only for those that were skipped or failed",
    )
    .option(
      "--run <place>",
      "keep plan, results and how far it is in this directory, or under s3://BUCKET/PREFIX; campanile resume goes on with it after whatever has ended it",
    )
    .addOption(onUnknownPartsOption())
    .option("--exact-parts", "ask for the size of every part of an object in parts");
  for (const option of localOptions()) command.addOption(option);
  command.addOption(quietOption());
  for (const option of copyOptions()) {
    if (!byAddress.has(option.long ?? "")) command.addOption(option);
  }
  for (const option of [...sideOptions("src"), ...sideOptions("dst")]) {
    // The addresses name them.
    if (!(option instanceof RequiredOption)) command.addOption(option);
  }
  return patterns;
}

/** An address of a list that means the same wherever it is read. */
function absolute(list: string, cwd: string): string {
  const address = listAddress(list);
  if (address.kind === "lists") return list === "-" ? list : resolve(cwd, list);
  if (address.kind === "inventory" && address.bucket === undefined) {
    return `inventory:${resolve(cwd, address.path)}`;
  }
  if (address.kind === "inventory") return list;
  throw new UserError("usage", `cannot use ${JSON.stringify(list)} as a list`, {
    hint: "a bucket is listed by copy and sync themselves: name it as the source",
  });
}

/** How a job is run on this machine. */
export function localOptions(): readonly Option[] {
  const options = [
    new Option(
      "--workers <number>",
      "threads that share the work (default: one a processor)",
    ).argParser(positiveInteger),
    new Option(
      "--concurrency <number>",
      "how many objects to copy at a time, in all threads together (default: as many as make it faster)",
    ).argParser(positiveInteger),
    new Option(
      "--max-requests-per-second <number>",
      "requests of all kinds to both sides, in all threads together (default: as many as S3 takes)",
    ).argParser(positiveInteger),
    new Option(
      "--bandwidth <bytes>",
      "bytes that are read a second, as 100MiB; as many are written",
    ).argParser(byteSize),
    new Option("--json-progress", "tell how far it is as JSON lines, on standard error"),
  ];
  return options.map((option) => option.helpGroup("How fast:"));
}

/** The most that a sync deletes, unless told otherwise. */
export const defaultMaxDelete: MaxDelete = { percent: 50 };

/** How much a sync may delete. */
export function maxDeleteOption(byDefault = "50%"): Option {
  return new Option(
    "--max-delete <number>",
    `never delete more objects than this, or than so many percent of those at the target (default: ${byDefault})`,
  ).argParser((text): MaxDelete => {
    const [, number, percent] = /^(\d+)(%?)$/.exec(text) ?? [];
    if (number === undefined || (percent === "%" && Number(number) > 100)) {
      throw new InvalidArgumentError("It is a number of objects, or a part of them, as 10%.");
    }
    return percent === "%" ? { percent: Number(number) } : { objects: Number(number) };
  });
}
