import { Command, InvalidArgumentError, Option } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { listConcurrencyOption } from "../list-options.ts";
import { quietOption } from "../options.ts";
import type { VerifyValues } from "../verify-sides.ts";
import { addSideOptions, sortOption } from "./diff.ts";

export function verifyCommand(io: Io): Command {
  const command = new Command("verify")
    .description(
      `Proves that SOURCE and TARGET have the same objects, and writes a line for each key that is not the same: change=added is only in SOURCE, change=removed only in TARGET, change=changed differs, and by= says in what; outcome=failed could not be compared, and code= says why. Each side is named as for diff and sync: s3://BUCKET[/FOLDER], or as for diff alone: a list, or inventory:MANIFEST. So after a sync the same two addresses prove it.

Objects of one size and one ETag are equal. Where ETags cannot tell, because the parts are others or the bytes are under KMS, the checksums that S3 keeps do; times prove nothing.

The exit status is 0 when all is equal, 6 when something differs, and 3 when something could not be compared.`,
    )
    .argument("<source>", "one side")
    .argument("<target>", "the other")
    .addOption(
      new Option(
        "--checksum",
        "compare the checksums that S3 keeps of every pair: 2 HEADs each",
      ).conflicts("bytes"),
    )
    .option("--bytes", "read every object of both sides and compare all bytes: 2 GETs each")
    .addOption(
      new Option(
        "--sample <part>",
        "do that for a part of the keys by chance, as 1% or 0.01%; the listings are still compared as a whole",
      ).argParser(percent),
    )
    .addOption(
      new Option(
        "--seed <number>",
        "which sample: the same number chooses the same keys (default: another each time, which the report tells)",
      ).argParser(seed),
    )
    .option(
      "--report <file>",
      "write what was done and found, as JSON: counts, bytes, time, command, seed, and the SHA-256 of the lines",
    )
    .option("--json", "write JSON: an object for each line")
    .addOption(sortOption())
    .addOption(listConcurrencyOption())
    .addOption(quietOption());
  addSideOptions(command);
  command.action(async (source: string, target: string, values: VerifyValues) => {
    const { verifySides } = await import("../verify-sides.ts");
    await verifySides(io, { source, target }, values);
  });
  return addExamples(
    command,
    "campanile verify s3://photos s3://photos --report proof.json",
    "campanile verify s3://photos s3://photos --bytes --sample 50% --seed 1",
  );
}

function percent(text: string): number {
  const number = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const value = Number(number);
  if (number === undefined || value <= 0 || value > 100) {
    throw new InvalidArgumentError("It is a part of a hundred, as 1% or 0.01%.");
  }
  return value;
}

function seed(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 32) {
    throw new InvalidArgumentError("It is a whole number from 0 up to 4294967295.");
  }
  return value;
}
