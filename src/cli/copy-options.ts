import { InvalidArgumentError, Option } from "commander";
import { UserError } from "../errors.ts";
import type { CopyOptions } from "../stages/copy-options.ts";
import { parseRewrite } from "../key-rewrite.ts";

/** The values of `copyOptions`, as commander has them. */
export interface CopyValues extends Omit<CopyOptions, "tags" | "noOverwrite"> {
  readonly tag?: Readonly<Record<string, string>> | undefined;
  readonly overwrite?: boolean | undefined;
}

/** The options that say how objects are copied, and what of them is to be otherwise. */
export function copyOptions(): readonly Option[] {
  return [
    ...headed("The way:", [
      new Option(
        "--via <way>",
        "server: S3 copies by itself, for which the credentials of the target must read the source; stream: the bytes pass through here; auto: finds out which way goes",
      )
        .choices(["auto", "server", "stream"])
        .default("auto"),
      new Option("--restored-only", "copy only archived objects that have been restored"),
      new Option("--verify <what>", "checksum: compare both objects' after each copy").choices([
        "checksum",
      ]),
    ]),
    ...headed("The new keys:", [
      new Option("--strip-prefix <prefix>", "take it from the beginning of each key"),
      new Option("--to-prefix <prefix>", "put it before each key"),
      new Option(
        "--rewrite-key <s/a/b/>",
        "change each key, as sed does, by a regular expression of JavaScript",
      ).argParser(rewrite),
      new Option("--no-overwrite", "skip a key that is at the target"),
      new Option("--if-unchanged", "replace only what diff has seen there, and nothing newer"),
    ]),
    ...headed("The new objects:", [
      new Option("--storage-class <class>", "their storage class (default: the source's)"),
      new Option(
        "--sse <kind>",
        "how S3 encrypts them: AES256, aws:kms or aws:kms:dsse (default: as the bucket is set to)",
      ).choices(["AES256", "aws:kms", "aws:kms:dsse"]),
      new Option("--sse-kms-key-id <key>", "the KMS key for --sse aws:kms"),
      new Option("--bucket-key", "ask KMS less often, by a key of the bucket's"),
      new Option(
        "--src-sse-c-key-file <file>",
        "a file with the key by which the source's are encrypted: 32 bytes, or their Base64",
      ),
      new Option(
        "--dst-sse-c-key-file <file>",
        "a file with the key to encrypt the new ones by: 32 bytes, or their Base64",
      ),
      new Option("--acl <name>", "a canned ACL, as in bucket-owner-full-control"),
      new Option(
        "--metadata-directive <what>",
        "copy: keep what is not given here; replace: keep nothing",
      ).choices(["copy", "replace"]),
      new Option("--metadata <name=value>", "user metadata; may be repeated").argParser(metadata),
      ...["cache-control", "content-type", "content-disposition"].map(headerOption),
      ...["content-encoding", "content-language", "expires"].map(headerOption),
      new Option(
        "--tagging-directive <what>",
        "copy: the source's tags; replace: those of --tag, or none",
      ).choices(["copy", "replace"]),
      new Option("--tag <key=value>", "a tag in place of the source's; may be repeated").argParser(
        pair,
      ),
      new Option(
        "--website-redirect <where>",
        "a path or a URL they redirect to; keep: the source's, which costs a HEAD where S3 copies",
      ).argParser(redirect),
      new Option(
        "--object-lock <what>",
        "keep: the source's retention and legal hold; costs a HEAD where S3 copies",
      ).choices(["keep"]),
      new Option(
        "--checksum-algorithm <name>",
        "CRC32, CRC32C, CRC64NVME, SHA1 or SHA256: the checksum that S3 keeps (default: the source's)",
      ).choices(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]),
    ]),
  ];
}

/** Those of them that making an object of its parts is asked for as well. */
export function completeOptions(): readonly Option[] {
  const names = new Set(["--no-overwrite", "--if-unchanged", "--dst-sse-c-key-file", "--verify"]);
  return copyOptions().filter(({ long }) => names.has(long ?? ""));
}

/** The options of a copy by their values. Throws a UserError for those that contradict each other. */
export function copyOptionsOf(values: CopyValues): CopyOptions {
  const options: Record<string, unknown> = {};
  for (const option of copyOptions()) {
    const name = option.attributeName() as keyof CopyValues;
    if (values[name] !== undefined) options[name] = values[name];
  }
  const { tag: tags, overwrite, ...known } = options as CopyValues;
  const copy: CopyOptions = {
    ...known,
    ...(tags !== undefined && { tags }),
    // Commander has what begins with `no-` as its opposite.
    ...(overwrite === false && { noOverwrite: true }),
  };
  refuseContradictions(copy);
  return copy;
}

function refuseContradictions(options: CopyOptions): void {
  const { sse, sseKmsKeyId, bucketKey, dstSseCKeyFile, tags, taggingDirective } = options;
  const isKms = sse?.startsWith("aws:kms") === true;
  const wrong: readonly (readonly [boolean, string, string])[] = [
    [sseKmsKeyId !== undefined && !isKms, "--sse-kms-key-id", "it goes with --sse aws:kms"],
    [bucketKey === true && !isKms, "--bucket-key", "it goes with --sse aws:kms"],
    [
      sse !== undefined && dstSseCKeyFile !== undefined,
      "--sse and --dst-sse-c-key-file",
      "an object is encrypted by S3's keys or by yours; give one of them",
    ],
    [
      tags !== undefined && taggingDirective !== "replace",
      "--tag",
      "it goes with --tagging-directive replace",
    ],
    [
      options.noOverwrite === true && options.ifUnchanged === true,
      "--no-overwrite and --if-unchanged",
      "the one replaces nothing, the other what was seen; give one of them",
    ],
  ];
  for (const [isWrong, names, hint] of wrong) {
    if (isWrong) throw new UserError("usage", `cannot copy with ${names} as given`, { hint });
  }
}

function headed(heading: string, options: readonly Option[]): readonly Option[] {
  return options.map((option) => option.helpGroup(heading));
}

function headerOption(name: string): Option {
  return new Option(`--${name} <value>`, `their ${name} (default: the source's)`).argParser(text);
}

/** A header's value: what steers a line would end the header. */
function text(value: string): string {
  if (/^[\x20-\x7e]+$/.test(value)) return value;
  throw new InvalidArgumentError("It is of printable ASCII.");
}

function pair(
  value: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const equals = value.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("It is written NAME=VALUE.");
  return { ...before, [value.slice(0, equals)]: value.slice(equals + 1) };
}

function metadata(
  value: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const name = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=/.exec(value)?.[1];
  if (name === undefined) {
    throw new InvalidArgumentError("It is written NAME=VALUE, the name in letters, digits and -.");
  }
  // S3 has the names in lower case.
  return { ...before, [name.toLowerCase()]: value.slice(name.length + 1) };
}

function redirect(value: string): string {
  if (value === "keep" || /^(?:\/|https?:\/\/)[\x21-\x7e]*$/.test(value)) return value;
  throw new InvalidArgumentError("It is keep, or begins with /, http:// or https://.");
}

function rewrite(value: string): string {
  try {
    parseRewrite(value);
    return value;
  } catch (error) {
    throw new InvalidArgumentError(`It is s/PATTERN/REPLACEMENT/: ${(error as Error).message}.`);
  }
}
