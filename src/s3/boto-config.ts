import { delimiter, join, resolve } from "node:path";

import { UserError } from "../errors.ts";
import { placeOf, readIniFile, refuseMalformed, type IniFile, type IniValue } from "../ini-file.ts";
import type { Credentials } from "./sign.ts";

/** What boto's files say that concerns an S3 client. */
export interface BotoConfig {
  /** The files looked at, later ones overriding earlier ones, whether they were there or not. */
  readonly looked: readonly string[];
  /** The sections `[profile NAME]`, by NAME. */
  readonly profiles: ReadonlyMap<string, Credentials>;
  /** The section `[Credentials]`, for who names no profile. */
  readonly credentials: Credentials | undefined;
  /** `[s3] host`, as it stands: a host, perhaps with a port. */
  readonly host: string | undefined;
  /** `[Boto] is_secure`: false for http. */
  readonly secure: boolean;
  /** `[s3] calling_format`: how requests name the bucket. */
  readonly addressing: "path" | "virtual" | undefined;
  /** `[Boto] num_retries` and the first try. */
  readonly maxAttempts: number | undefined;
  /** `[Boto] ca_certificates_file`. */
  readonly caFile: string | undefined;
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
}

/** Where to look: the environment, the home directory and the working directory, all passed in. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly cwd: string;
}

/** Where the original looked: it set BOTO_PATH to this in each of its programs. */
const defaultPath = ["/etc/boto.cfg", "~/.boto", "./.boto"];

/**
 * Reads boto's configuration as boto 2 does (boto/pyami/config.py): the file BOTO_CONFIG names,
 * else those of BOTO_PATH, else those the original Campanile read. Throws a UserError for a file
 * that is malformed or cannot be read, and for one that BOTO_CONFIG names and that is not there.
 */
export async function readBotoConfig(
  { env, home, cwd }: Surroundings,
  defaults: readonly string[] = defaultPath,
): Promise<BotoConfig> {
  const named = env.BOTO_CONFIG;
  const paths = named ? [named] : env.BOTO_PATH ? env.BOTO_PATH.split(delimiter) : defaults;
  const looked = paths
    .filter((path) => path !== "")
    .map((path) => resolve(cwd, expandHome(path, home)));

  const files: IniFile[] = [];
  for (const path of looked) {
    const file = await readIniFile(path);
    if (file !== undefined) {
      refuseMalformed(file);
      files.push(file);
    } else if (named) {
      throw new UserError("missing", `cannot read ${JSON.stringify(path)}: there is no such file`, {
        hint: "the environment variable BOTO_CONFIG names it",
      });
    }
  }
  return { looked, ...understand(files, home, cwd) };
}

/** Replaces a leading `~` by the home directory. */
export function expandHome(path: string, home: string): string {
  return path === "~" ? home : path.startsWith("~/") ? join(home, path.slice(2)) : path;
}

function understand(
  files: readonly IniFile[],
  home: string,
  cwd: string,
): Omit<BotoConfig, "looked"> {
  const sections = merge(files);
  const option = (section: string, name: string) => {
    const found = sections.get(section)?.get(name) ?? sections.get("DEFAULT")?.get(name);
    return found === undefined || found.value === "" ? undefined : found;
  };
  const keysOf = (section: string): Credentials | undefined => {
    const accessKeyId = option(section, "aws_access_key_id");
    const secretAccessKey = option(section, "aws_secret_access_key");
    if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      const [has, lacks] = accessKeyId
        ? ["aws_access_key_id", "aws_secret_access_key"]
        : ["aws_secret_access_key", "aws_access_key_id"];
      const place = accessKeyId ?? secretAccessKey;
      throw new UserError(
        "usage",
        `cannot use [${section}] of ${place ? placeOf(place) : "boto's files"}: it has ${has} and no ${lacks}`,
      );
    }
    const sessionToken = option(section, "aws_security_token")?.value;
    return { accessKeyId: accessKeyId.value, secretAccessKey: secretAccessKey.value, sessionToken };
  };

  const profiles = new Map<string, Credentials>();
  for (const title of sections.keys()) {
    const name = /^profile\s+(.+)$/.exec(title)?.[1];
    const keys = name === undefined ? undefined : keysOf(title);
    if (name !== undefined && keys !== undefined) profiles.set(name, keys);
  }

  const validate = option("Boto", "https_validate_certificates");
  if (validate !== undefined && !truth(validate)) {
    throw new UserError(
      "usage",
      `cannot do as ${placeOf(validate)}, says: certificates are always verified`,
      {
        hint: "remove https_validate_certificates, and name a private authority's certificate: AWS_CA_BUNDLE=/path/to/ca.pem",
      },
    );
  }

  const warnings = files
    .filter((file) => file.worldReadable && holdsSecret(file))
    .map(
      ({ path }) =>
        `every user of this machine can read the secret keys in ${path}; to stop that: chmod 600 ${path}`,
    );
  const format = option("s3", "calling_format");
  const addressing =
    format === undefined ? undefined : addressings[format.value.split(".").at(-1) ?? ""];
  if (format !== undefined && addressing === undefined) {
    warnings.push(`the calling_format of ${placeOf(format)}, is not known here and is ignored`);
  }

  const secure = option("Boto", "is_secure");
  const retries = option("Boto", "num_retries");
  const authorities = option("Boto", "ca_certificates_file")?.value;
  return {
    profiles,
    credentials: keysOf("Credentials"),
    host: option("s3", "host")?.value,
    secure: secure === undefined || truth(secure),
    addressing,
    maxAttempts: retries === undefined ? undefined : 1 + wholeNumber(retries, "num_retries"),
    // boto's word for the authorities of the operating system, which are what counts without this
    // option.
    caFile:
      authorities === undefined || authorities === "system"
        ? undefined
        : resolve(cwd, expandHome(authorities, home)),
    warnings,
  };
}

function merge(files: readonly IniFile[]): Map<string, Map<string, IniValue>> {
  const all = new Map<string, Map<string, IniValue>>();
  for (const { sections } of files) {
    for (const [title, options] of sections)
      all.set(title, new Map([...(all.get(title) ?? []), ...options]));
  }
  return all;
}

/**
 * boto's calling formats, by the class's name: its value is the whole path, as
 * boto.s3.connection.OrdinaryCallingFormat.
 */
const addressings: Readonly<Record<string, "path" | "virtual" | undefined>> = {
  OrdinaryCallingFormat: "path",
  ProtocolIndependentOrdinaryCallingFormat: "path",
  SubdomainCallingFormat: "virtual",
};

function holdsSecret({ sections }: IniFile): boolean {
  return [...sections.values()].some((options) => options.has("aws_secret_access_key"));
}

/**
 * boto takes any word but "true" for false; a typing error that switches TLS off is not taken here.
 */
function truth(option: IniValue): boolean {
  const word = option.value.toLowerCase();
  if (["true", "yes", "on", "1"].includes(word)) return true;
  if (["false", "no", "off", "0"].includes(word)) return false;
  throw new UserError("usage", `cannot read ${placeOf(option)}: neither true nor false`);
}

function wholeNumber(option: IniValue, name: string): number {
  if (/^\d{1,9}$/.test(option.value)) return Number(option.value);
  throw new UserError("usage", `cannot read ${placeOf(option)}: ${name} is not a whole number`);
}
