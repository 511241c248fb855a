import { resolve } from "node:path";

import { UserError } from "../errors.ts";
import { placeOf, readIniFile, refuseMalformed, type IniFile, type IniValue } from "../ini-file.ts";
import { expandHome } from "../s3/boto-config.ts";

/** What the original's `campanile.cfg` says. */
export interface CampanileConfig {
  /**
   * Directories for temporary files. The original spooled every transfer through one of them;
   * Campanile streams, and writes no temporary files, so they are read for the sake of existing
   * files and used by nothing.
   */
  readonly ephemeral: readonly string[];
  /**
   * The largest body held in memory at once, in bytes. The original kept so much of a body in
   * memory and moved the rest to disk; here it bounds memory alone: larger bodies are streamed and
   * never held.
   */
  readonly maxTmpSize: number;
  /** The files that were read, the one that goes before the others first. */
  readonly files: readonly string[];
  /** What stands in them and has no effect here, a sentence each. */
  readonly ignored: readonly string[];
}

/**
 * What holds where no file says otherwise: the original's directory, and the size of its sample,
 * 128 MiB.
 */
const defaults = { ephemeral: ["/tmp"], maxTmpSize: 134_217_728 };

/** The file of the machine; the original's bootstrap action wrote it. */
const machineFile = "/etc/campanile.cfg";

/** Where the configuration is, besides the command line. */
export interface ConfigPlaces {
  /** The file that `--config` names; it must be there. */
  readonly config?: string | undefined;
  /** Options of the command line, which go before all files. */
  readonly options?: { readonly ephemeral?: readonly string[]; readonly maxTmpSize?: number };
  readonly home: string;
  readonly cwd: string;
}

/**
 * Reads `campanile.cfg`, option by option from the first of these that has it: the command line,
 * the file given by `--config`, `./campanile.cfg`, `/etc/campanile.cfg`, the defaults. (In the
 * original `/etc` went before `--config`, against its own readme.) Throws a UserError for a file
 * given by `--config` that is not there, and for one that is malformed or cannot be read.
 */
export async function readCampanileConfig(
  { config, options = {}, home, cwd }: ConfigPlaces,
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

  const option = (name: string): IniValue | undefined => {
    const values = files.map(({ sections }) => sections.get("DEFAULT")?.get(name));
    return values.find((value) => value !== undefined && value.value !== "");
  };
  const directories = option("ephemeral");
  const size = option("maxtmpsize");
  return {
    ephemeral:
      options.ephemeral ?? (directories && directoriesIn(directories)) ?? defaults.ephemeral,
    maxTmpSize: options.maxTmpSize ?? (size && bytesIn(size)) ?? defaults.maxTmpSize,
    files: files.map(({ path }) => path),
    ignored: files.flatMap(withoutEffect),
  };
}

function directoriesIn(option: IniValue): readonly string[] {
  const directories = option.value.split(/[,\n]/).map((directory) => directory.trim());
  return directories.filter((directory) => directory !== "");
}

function bytesIn(option: IniValue): number {
  const bytes = /^\d{1,15}$/.test(option.value) ? Number(option.value) : 0;
  if (bytes > 0) return bytes;
  throw new UserError(
    "usage",
    `cannot read ${placeOf(option)}: maxtmpsize is not a number of bytes`,
    {
      hint: `give digits alone, as maxtmpsize=${defaults.maxTmpSize}`,
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
