import { resolve } from "node:path";

import { UserError } from "../errors.ts";
import { placeOf, readIniFile, refuseMalformed, type IniFile, type IniValue } from "../ini-file.ts";
import { expandHome } from "../s3/boto-config.ts";

/** What the original's `campanile.cfg` says that has a meaning here. */
export interface CampanileConfig {
  /**
   * The largest body held in memory at once, in bytes. The original kept so much of a body in
   * memory and moved the rest to disk; here it bounds memory alone, and so do 256 KiB: larger
   * bodies are streamed and never held.
   */
  readonly maxTmpSize: number;
  /** What stands in the files and has no effect here, a sentence each. */
  readonly ignored: readonly string[];
}

/**
 * What holds where no file says otherwise, in bytes: the size of the original's sample, 128 MiB.
 */
const defaultMaxTmpSize = 134_217_728;

/** The file of the machine; the original's bootstrap action wrote it. */
const machineFile = "/etc/campanile.cfg";

/** Where the configuration is, besides the command line. */
export interface ConfigPlaces {
  /** The file that `--config` names; it must be there. */
  readonly config?: string | undefined;
  readonly home: string;
  readonly cwd: string;
}

/**
 * Reads `campanile.cfg`, an option from the first of these that has it: the file given by
 * `--config`, `./campanile.cfg`, `/etc/campanile.cfg`. (In the original `/etc` went before
 * `--config`, against its own readme.) Throws a UserError for a file given by `--config` that is
 * not there, and for one that is malformed or cannot be read.
 */
export async function readCampanileConfig(
  { config, home, cwd }: ConfigPlaces,
  machine = machineFile,
): Promise<CampanileConfig> {
  const files: IniFile[] = [];
  const given = config === undefined ? undefined : resolve(cwd, expandHome(config, home));
  for (const path of new Set([given, resolve(cwd, "campanile.cfg"), machine])) {
    const file = path === undefined ? undefined : await readIniFile(path);
    if (file !== undefined) {
      refuseMalformed(file);
      files.push(file);
    } else if (path !== undefined && path === given) {
      throw new UserError("missing", `cannot read ${JSON.stringify(path)}: there is no such file`, {
        hint: "--config names it",
      });
    }
  }

  const sizes = files.map(({ sections }) => sections.get("DEFAULT")?.get("maxtmpsize"));
  const size = sizes.find((option) => option !== undefined && option.value !== "");
  return {
    maxTmpSize: size === undefined ? defaultMaxTmpSize : bytesIn(size),
    ignored: files.flatMap(withoutEffect),
  };
}

function bytesIn(option: IniValue): number {
  const bytes = /^\d{1,15}$/.test(option.value) ? Number(option.value) : 0;
  if (bytes > 0) return bytes;
  throw new UserError(
    "usage",
    `cannot read ${placeOf(option)}: maxtmpsize is not a number of bytes`,
    {
      hint: `give digits alone, as maxtmpsize=${defaultMaxTmpSize}`,
    },
  );
}

/**
 * The original's sections for Python's logging (`/etc/campanile.cfg` has them, and no script read
 * them) are passed over in silence; options that nobody knows are most likely typing errors.
 */
function withoutEffect({ sections }: IniFile): readonly string[] {
  const told: string[] = [];
  for (const [title, options] of sections) {
    if (/^(loggers|handlers|formatters|(logger|handler|formatter)_.+)$/.test(title)) continue;
    for (const [name, option] of options) {
      if (title === "DEFAULT" && name === "maxtmpsize") continue;
      const why = title === "DEFAULT" ? reasons[name] : `there is no section [${title}]`;
      told.push(
        `${name} of ${placeOf(option)}, has no effect: ${why ?? "there is no such option"}`,
      );
    }
  }
  return told;
}

const reasons: Readonly<Record<string, string | undefined>> = {
  ephemeral: "no temporary files are written",
};
