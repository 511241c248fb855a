import { InvalidArgumentError, Option } from "commander";

import type { HttpClient } from "../s3/http-client.ts";

/**
 * An option that must be given. Not commander's mandatory one, which is asked for before an option that nobody knows is refused, so
 * that one mistyped would be told as one that is missing.
 */
export class RequiredOption extends Option {}

/** Reads a whole number from 1 up. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("It is a whole number from 1 up.");
  }
  return value;
}

/** How many records a stage works on at a time. */
export function concurrencyOption(byDefault: number): Option {
  return new Option("--concurrency <number>", "how many lines to work on at a time")
    .argParser(positiveInteger)
    .default(byDefault);
}

/** The options of one side of a copy, with the original's names: `--src-bucket` and so on, or `--bucket` for a stage with one side. */
export function sideOptions(side: "src" | "dst" | ""): readonly Option[] {
  const prefix = side === "" ? "--" : `--${side}-`;
  const heading = { src: "Where to read:", dst: "Where to write:", "": "The bucket:" }[side];
  const option = (name: string, text: string): Option =>
    // A copy has two sides with the same options, and need not explain them twice.
    new Option(prefix + name, side === "dst" ? `as --src-${name.split(" ", 1)[0]}` : text);
  const options = [
    new RequiredOption(`${prefix}bucket <name>`, "the bucket's name; required"),
    option(
      "endpoint <host>",
      "which S3: HOST[:PORT] or a URL (default: AWS_ENDPOINT_URL_S3, the profile's, or AWS)",
    ),
    option("region <region>", "the bucket's region (default: found out)"),
    option(
      "profile <name>",
      "whose credentials: a profile of ~/.aws or of a .boto file (default: as the AWS CLI finds them)",
    ),
    option(
      "addressing <style>",
      "how requests name the bucket: path for HOST/BUCKET, virtual for BUCKET.HOST (default: virtual on AWS, path elsewhere)",
    ).choices(["path", "virtual"]),
    option("requester-pays", "agree to pay for requests and transfer, if the owner asks for it"),
    option(
      "expected-owner <account>",
      "fail unless this AWS account owns the bucket: a number of 12 digits",
    ),
  ];
  for (const option of options) option.helpGroup(heading);
  // Both sides have the same: it is said once, behind the last of them.
  if (side !== "src") options.push(httpOption());
  return options;
}

/** What carries the requests. */
function httpOption(): Option {
  const clients: readonly HttpClient[] = ["wire", "undici"];
  return new Option(
    "--http <client>",
    "what carries requests: wire, made for this, or undici (default: CAMPANILE_HTTP, or wire)",
  )
    .choices(clients)
    .helpGroup("The connections:");
}

/** What the options of one side hold. */
export interface SideValues {
  readonly bucket: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly addressing?: "path" | "virtual";
  readonly requesterPays?: true;
  readonly expectedOwner?: string;
  readonly http?: HttpClient;
}

/** Picks one side's values out of all: those of `src` from `srcBucket`, `srcEndpoint` … */
export function sideValues(
  values: Readonly<Record<string, unknown>>,
  side: "src" | "dst" | "",
): SideValues {
  const name = (word: string): string =>
    side === "" ? word : side + word[0]!.toUpperCase() + word.slice(1);
  const words = [
    "bucket",
    "endpoint",
    "region",
    "profile",
    "addressing",
    "requesterPays",
    "expectedOwner",
  ];
  const own: Record<string, unknown> = { http: values["http"] };
  for (const word of words) own[word] = values[name(word)];
  return own as unknown as SideValues;
}

/** What to do where a copy cannot keep the ETag because the source's parts are not known. */
export function onUnknownPartsOption(): Option {
  return new Option(
    "--on-unknown-parts <what>",
    "an object that was uploaded in parts whose sizes S3 does not tell: copy it, with parts of other sizes and so with another ETag; skip it; or fail it",
  )
    .choices(["copy", "skip", "fail"])
    .default("copy");
}

/** Whether to keep to errors on standard error. */
export function quietOption(): Option {
  return new Option("-q, --quiet", "write nothing but errors to standard error").default(false);
}
