import { UserError } from "../errors.ts";
import { ambientProfile, type AwsConfig, type AwsProfile } from "./aws-config.ts";
import type { BotoConfig } from "./boto-config.ts";
import { printable } from "./printable.ts";
import type { CredentialsProvider, SdkCredentials } from "./sdk-credentials.ts";
import type { Credentials } from "./sign.ts";

/** Where credentials are looked for. */
export interface CredentialPlaces {
  /** The profile named by an option; it goes before all else. */
  readonly profile?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly aws: AwsConfig;
  readonly boto: BotoConfig;
  readonly sdk: SdkCredentials;
}

/**
 * Finds where a side's credentials come from.
 *
 * | a profile is named | none is |
 * | --- | --- |
 * | 1. the AWS CLI's files | 1. AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY |
 * | 2. `[profile NAME]` in boto's files | 2. the profile of AWS_PROFILE, as on the left, or `default` |
 * | 3. for a profile without credentials, the machine's role | 3. the role of a web identity |
 * | | 4. `[Credentials]` in boto's files |
 * | | 5. the role of the container, else of the EC2 instance |
 *
 * boto looks for a profile in the same order (boto/provider.py), and the AWS CLI for credentials
 * (botocore/credentials.py), boto's files included. Throws a UserError when a profile is nowhere;
 * what it returns throws one when there are no credentials.
 */
export function findCredentials(places: CredentialPlaces): CredentialsProvider {
  const { env, aws, boto, sdk } = places;
  if (places.profile !== undefined) return ofProfile(places.profile, places);

  const fromEnvironment = keysOfEnvironment(env);
  if (fromEnvironment !== undefined) return fixed(fromEnvironment);

  const ambient = ambientProfile(env);
  if (ambient !== "default") return ofProfile(ambient, places);
  const settings = aws.profiles.get(ambient);
  if (settings !== undefined && hasCredentials(settings)) return ofSettings(ambient, settings, sdk);

  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) {
    return explained("cannot assume the role of AWS_ROLE_ARN", undefined, sdk.webIdentity());
  }
  if (boto.credentials !== undefined) return fixed(boto.credentials);
  return ofMachine("cannot find credentials", places);
}

function ofProfile(name: string, places: CredentialPlaces): CredentialsProvider {
  const { aws, boto, sdk } = places;
  const settings = aws.profiles.get(name);
  if (settings !== undefined && hasCredentials(settings)) return ofSettings(name, settings, sdk);

  const keys = boto.profiles.get(name);
  if (keys !== undefined) return fixed(keys);

  if (settings !== undefined)
    return ofMachine(`cannot find credentials of the profile ${JSON.stringify(name)}`, places);

  const known = [...new Set([...aws.profiles.keys(), ...boto.profiles.keys()])].sort();
  throw new UserError("missing", `cannot find the profile ${JSON.stringify(name)}`, {
    hint: `${looked(places)}; ${known.length === 0 ? "there is no profile" : `found: ${shortened(known)}`}`,
  });
}

function ofSettings(name: string, settings: AwsProfile, sdk: SdkCredentials): CredentialsProvider {
  const accessKeyId = settings.get("aws_access_key_id");
  const secretAccessKey = settings.get("aws_secret_access_key");
  // With a role_arn the keys beside it, if any, are not what the profile stands for.
  if (accessKeyId !== undefined && secretAccessKey !== undefined && !settings.has("role_arn")) {
    const sessionToken = settings.get("aws_session_token") ?? settings.get("aws_security_token");
    return fixed({ accessKeyId, secretAccessKey, sessionToken });
  }
  const doing = `cannot get credentials of the profile ${JSON.stringify(name)}`;
  return explained(doing, hintFor(name, settings), sdk.profile(name));
}

/**
 * The role of the machine itself; asking for it is a matter of seconds where there is none, so it
 * comes last.
 */
function ofMachine(doing: string, places: CredentialPlaces): CredentialsProvider {
  const { env, sdk } = places;
  if (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI) {
    return explained("cannot get credentials of the container's role", undefined, sdk.container());
  }
  const disabled = env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === "true";
  const instance = disabled
    ? () => Promise.reject(new Error("AWS_EC2_METADATA_DISABLED is true"))
    : sdk.instance();
  return async () => {
    try {
      return await instance();
    } catch (cause) {
      throw new UserError("denied", doing, {
        hint: `${looked(places)}, the environment${disabled ? "" : ", the EC2 instance's role"}; to name some: --profile NAME, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
        cause,
      });
    }
  };
}

/** What only credentials are made of; a profile may also hold nothing but a region. */
function hasCredentials(settings: AwsProfile): boolean {
  return [...settings.keys()].some(
    (name) => name.startsWith("sso_") || credentialSettings.has(name),
  );
}

const credentialSettings = new Set([
  "aws_access_key_id",
  "credential_process",
  "credential_source",
  "login_session",
  "role_arn",
  "source_profile",
  "web_identity_token_file",
]);

function keysOfEnvironment(env: NodeJS.ProcessEnv): Credentials | undefined {
  const accessKeyId = env.AWS_ACCESS_KEY_ID;
  const secretAccessKey = env.AWS_SECRET_ACCESS_KEY;
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) {
    const [set, unset] = accessKeyId
      ? ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
      : ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"];
    throw new UserError("usage", `cannot use ${set} of the environment: ${unset} is not set`, {
      hint: `set it too, or to use a profile: unset ${set}`,
    });
  }
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: env.AWS_SESSION_TOKEN || env.AWS_SECURITY_TOKEN || undefined,
  };
}

function fixed(keys: Credentials): CredentialsProvider {
  return () => Promise.resolve(keys);
}

/**
 * Puts a failure of the SDK in our words. What a program wrote is kept back, also as the cause: its
 * command line and its output may hold secrets.
 */
function explained(
  doing: string,
  hint: string | undefined,
  provider: CredentialsProvider,
): CredentialsProvider {
  return async () => {
    try {
      return await provider();
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      // So child_process begins, which the SDK runs the program with: the profile itself, or the
      // one it takes its keys from.
      if (said.startsWith("Command failed")) {
        throw new UserError("denied", `${doing}: its credential_process failed`, { hint });
      }
      const why = printable(said.replace(/\s+/g, " ").replace(/\.\s*$/, ""));
      throw new UserError("denied", `${doing}: ${why}`, { hint, cause: error });
    }
  };
}

function hintFor(name: string, settings: AwsProfile): string {
  if ([...settings.keys()].some((key) => key.startsWith("sso_")))
    return `aws sso login --profile ${quoted(name)}`;
  if (settings.has("login_session")) return `aws login --profile ${quoted(name)}`;
  if (settings.has("credential_process"))
    return `to see why, run the credential_process of the profile by hand`;
  if (settings.has("mfa_serial")) {
    return `roles with a second factor are not asked for here; take what this prints: aws configure export-credentials --profile ${quoted(name)} --format env`;
  }
  return `to see why: aws sts get-caller-identity --profile ${quoted(name)}`;
}

/** Quotes a word for the shell where it has to be. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function looked({ aws, boto }: CredentialPlaces): string {
  const files = new Set([aws.credentialsPath, aws.configPath, ...boto.looked]);
  return `looked in ${[...files].join(", ")}`;
}

/** How many names a message lists. */
const namesShown = 20;

function shortened(names: readonly string[]): string {
  const more = names.length - namesShown;
  return names.slice(0, namesShown).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
