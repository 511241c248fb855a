import type { ChecksumAlgorithm } from "../s3/checksum.ts";

/**
 * How bytes come to the target: copied there by S3 itself, or read here and written. `auto` finds
 * out which way this pair of buckets goes, once.
 */
export type Via = "auto" | "server" | "stream";

/** Whether something of an object is the source's, or what is given in its place. */
export type Directive = "copy" | "replace";

/**
 * What a copy is asked to do otherwise than to make the same object under the same key. Plain data,
 * so that it can be handed to a worker thread as it is, and to another process as a command line
 * (`copyArguments`). Holds no secret: a customer's key stands in a file, of which this has the path.
 */
export interface CopyOptions {
  /** `auto` where it is left out. */
  readonly via?: Via | undefined;

  /** Encryption of the new objects; as their bucket is set to where it is left out. */
  readonly sse?: "AES256" | "aws:kms" | "aws:kms:dsse" | undefined;
  readonly sseKmsKeyId?: string | undefined;
  /** Fewer requests to KMS, by a key of the bucket's. */
  readonly bucketKey?: boolean | undefined;
  /** Files that hold the keys with which the source's objects, and the new ones, are encrypted. */
  readonly srcSseCKeyFile?: string | undefined;
  readonly dstSseCKeyFile?: string | undefined;

  /** The source's class where it is left out. */
  readonly storageClass?: string | undefined;
  /** A canned ACL; S3 carries none over. */
  readonly acl?: string | undefined;
  /** `copy`, the default, keeps what is not given below; `replace` keeps nothing. */
  readonly metadataDirective?: Directive | undefined;
  /** User metadata, by name without `x-amz-meta-`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentType?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  /** An HTTP date. */
  readonly expires?: string | undefined;
  /** `copy` is the default; `replace` gives the new objects `tags`, or none. */
  readonly taggingDirective?: Directive | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /**
   * Where the new objects redirect to, as a path or a URL; `keep` is the source's, which takes a HEAD
   * where S3 copies a plain object.
   */
  readonly websiteRedirect?: string | undefined;
  /** Gives the new objects the source's retention and legal hold; a HEAD where S3 copies. */
  readonly objectLock?: "keep" | undefined;
  /** The source's where it is left out. */
  readonly checksumAlgorithm?: ChecksumAlgorithm | undefined;

  /** Writes no key that is there: it is `skipped`, `exists`. */
  readonly noOverwrite?: boolean | undefined;
  /**
   * Replaces only what a diff saw, by the attribute `replaces`, an ETag, and else writes only a key that is not
   * there: `failed`, `TargetChanged`.
   */
  readonly ifUnchanged?: boolean | undefined;

  /** Taken from the beginning of each key; a key without it is failed, `OtherPrefix`. */
  readonly stripPrefix?: string | undefined;
  /** Put before each key, when the others are done. */
  readonly toPrefix?: string | undefined;
  /** `s/PATTERN/REPLACEMENT/FLAGS`, as sed has it, with a regular expression of JavaScript. */
  readonly rewriteKey?: string | undefined;

  /** Copies only archived objects that have been restored. */
  readonly restoredOnly?: boolean | undefined;
  /** Compares the checksums of both objects after each copy; two HEADs. */
  readonly verify?: "checksum" | undefined;
}

/** All options by name, in the order in which a command line has them. */
export const copyOptionNames = [
  "via",
  "sse",
  "sseKmsKeyId",
  "bucketKey",
  "srcSseCKeyFile",
  "dstSseCKeyFile",
  "storageClass",
  "acl",
  "metadataDirective",
  "metadata",
  "cacheControl",
  "contentType",
  "contentDisposition",
  "contentEncoding",
  "contentLanguage",
  "expires",
  "taggingDirective",
  "tags",
  "websiteRedirect",
  "objectLock",
  "checksumAlgorithm",
  "noOverwrite",
  "ifUnchanged",
  "stripPrefix",
  "toPrefix",
  "rewriteKey",
  "restoredOnly",
  "verify",
] as const satisfies readonly (keyof CopyOptions)[];

/** The command line that stands for the options, as the commands of a copy read it. */
export function copyArguments(options: CopyOptions): readonly string[] {
  return copyOptionNames.flatMap((name) => {
    const value = options[name];
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || value === false) return [];
    if (value === true) return [flag];
    // With the equals sign a value may begin with a dash.
    if (typeof value === "string") return [`${flag}=${value}`];
    const each = name === "tags" ? "--tag" : flag;
    return Object.entries(value).map(([key, text]) => `${each}=${key}=${text}`);
  });
}
