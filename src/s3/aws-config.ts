import { join, resolve } from "node:path";

import { readIniFile, type IniFile, type IniSection } from "../ini-file.ts";
import { expandHome, type Surroundings } from "./boto-config.ts";

/** The settings of one profile; one nested under `s3 =` is named `s3.addressing_style`. */
export type AwsProfile = ReadonlyMap<string, string>;

/** What the AWS CLI's two files say. */
export interface AwsConfig {
  readonly credentialsPath: string;
  readonly configPath: string;
  readonly profiles: ReadonlyMap<string, AwsProfile>;
  /** The sections `[services NAME]`, by NAME, which a profile's `services` refers to. */
  readonly services: ReadonlyMap<string, AwsProfile>;
  readonly warnings: readonly string[];
}

/**
 * Reads `~/.aws/config` and `~/.aws/credentials`, or the files that AWS_CONFIG_FILE and
 * AWS_SHARED_CREDENTIALS_FILE name. What stands in both counts as it stands in the credentials
 * file. As in AWS's own tools, a file that is not there is empty, and a line that cannot be
 * understood is passed over, here with a warning.
 *
 * Read here and not by the AWS SDK because loading its reader takes 30 ms, which a key pair that
 * stands in a file should not cost each of a thousand Hadoop tasks; whatever is more than a key
 * pair is the SDK's to resolve.
 */
export async function readAwsConfig({ env, home, cwd }: Surroundings): Promise<AwsConfig> {
  const pathOf = (named: string | undefined, name: string) =>
    named ? resolve(cwd, expandHome(named, home)) : join(home, ".aws", name);
  const configPath = pathOf(env.AWS_CONFIG_FILE, "config");
  const credentialsPath = pathOf(env.AWS_SHARED_CREDENTIALS_FILE, "credentials");
  const [config, credentials] = await Promise.all([
    readIniFile(configPath),
    readIniFile(credentialsPath),
  ]);

  const profiles = new Map<string, AwsProfile>();
  const services = new Map<string, AwsProfile>();
  for (const [title, options] of config?.sections ?? []) {
    const [, kind, name] =
      /^(profile|services)\s+(["']?)(.+)\2$/.exec(title)?.filter((_, at) => at !== 2) ?? [];
    if (kind === "services" && name !== undefined) services.set(name, flatten(options));
    else if (kind === "profile" && name !== undefined) profiles.set(name, flatten(options));
    // `[profile default]` comes before `[default]` where both are there (AWS SDKs and tools guide,
    // "File format").
    else if (title === "default" && !config?.sections.has("profile default"))
      profiles.set(title, flatten(options));
  }
  for (const [name, options] of credentials?.sections ?? []) {
    profiles.set(name, new Map([...(profiles.get(name) ?? []), ...flatten(options)]));
  }

  const files = [config, credentials].filter((file) => file !== undefined);
  return {
    credentialsPath,
    configPath,
    profiles,
    services,
    warnings: files.flatMap(malformedLines),
  };
}

/** The profile that counts where none is named by option: AWS_PROFILE's, else `default`. */
export function ambientProfile(env: NodeJS.ProcessEnv): string {
  return env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || "default";
}

/**
 * Takes the lines indented under an empty value for settings of their own: `s3 =`, then `
 * addressing_style = path`.
 */
function flatten(options: IniSection): AwsProfile {
  const flat = new Map<string, string>();
  for (const [name, { value }] of options) {
    if (!value.startsWith("\n")) flat.set(name, value);
    for (const line of value.split("\n").slice(1)) {
      const [, nested, text] = /^([^=]+)=(.*)$/.exec(line) ?? [];
      if (nested !== undefined && text !== undefined) {
        flat.set(`${name}.${nested.trim().toLowerCase()}`, text.trim());
      }
    }
  }
  return flat;
}

function malformedLines({ path, malformed }: IniFile): readonly string[] {
  return malformed.map(({ line, why }) => `line ${line} of ${path} is passed over: ${why}`);
}
