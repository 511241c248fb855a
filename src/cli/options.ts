import { InvalidArgumentError, Option } from "commander";

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
  return new Option("--concurrency <number>", "how many records to work on at a time")
    .argParser(positiveInteger)
    .default(byDefault);
}

/** The options of one side of a copy, with the original's names: `--src-bucket` and so on, or `--bucket` for a stage with one side. */
export function sideOptions(side: "src" | "dst" | ""): readonly Option[] {
  const prefix = side === "" ? "--" : `--${side}-`;
  const of = { src: " of the source", dst: " of the target", "": "" }[side];
  return [
    new Option(`${prefix}bucket <name>`, `the bucket${of}`).makeOptionMandatory(),
    new Option(`${prefix}endpoint <host>`, `the S3 endpoint${of}, a host name or a URL`),
    new Option(`${prefix}region <region>`, `the region${of}`),
    new Option(
      `${prefix}profile <name>`,
      `the profile${of}, of the AWS CLI's files or a .boto file`,
    ),
    new Option(`${prefix}addressing <style>`, `how a bucket is named to the endpoint${of}`).choices(
      ["path", "virtual"],
    ),
    new Option(`${prefix}requester-pays`, `agree to pay for the requests${of}`),
    new Option(`${prefix}expected-owner <account>`, `the account${of} that must own the bucket`),
  ];
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
  return Object.fromEntries(
    words.map((word) => [word, values[name(word)]]),
  ) as unknown as SideValues;
}

/** What a copy changes of the objects it makes. */
export function changeOptions(): readonly Option[] {
  return [
    new Option(
      "--storage-class <class>",
      "the new objects' storage class; by default the source's",
    ),
    new Option(
      "--sse <kind>",
      "encrypt the new objects: AES256, aws:kms or aws:kms:dsse; by default as the bucket does",
    ),
    new Option("--sse-kms-key-id <key>", "the KMS key to encrypt with"),
    new Option("--acl <name>", "a canned ACL, as bucket-owner-full-control"),
  ];
}

/** What those options hold. */
export interface ChangeValues {
  readonly storageClass?: string;
  readonly sse?: string;
  readonly sseKmsKeyId?: string;
  readonly acl?: string;
}

/** The headers that make those changes. */
export function changeHeaders(values: ChangeValues): Record<string, string> {
  const headers = {
    "x-amz-storage-class": values.storageClass,
    "x-amz-server-side-encryption": values.sse,
    "x-amz-server-side-encryption-aws-kms-key-id": values.sseKmsKeyId,
    "x-amz-acl": values.acl,
  };
  // One that is not given must not hide the source's.
  return Object.fromEntries(
    Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined),
  );
}

/** What to do where a copy cannot keep the ETag because the source's parts are not known. */
export function onUnknownPartsOption(): Option {
  return new Option(
    "--on-unknown-parts <what>",
    "an object whose parts' sizes cannot be found out: copy it with other parts, which changes its ETag, or skip it, or fail it",
  )
    .choices(["copy", "skip", "fail"])
    .default("copy");
}

/** Whether to keep to errors on standard error. */
export function quietOption(): Option {
  return new Option("-q, --quiet", "say nothing on standard error but errors").default(false);
}
