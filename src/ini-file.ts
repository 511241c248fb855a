import { readFile, stat } from "node:fs/promises";

import { UserError } from "./errors.ts";

/** One option of a section, and where it stands, so that a complaint about its value can say so. */
export interface IniValue {
  readonly value: string;
  readonly file: string;
  /** The line of the option's name, counted from 1. */
  readonly line: number;
}

/** The options of one section, by their names in lower case. */
export type IniSection = ReadonlyMap<string, IniValue>;

/** What a configuration file says, and which of its lines say nothing that can be understood. */
export interface IniFile {
  readonly path: string;
  readonly sections: ReadonlyMap<string, IniSection>;
  readonly malformed: readonly { readonly line: number; readonly why: string }[];
  /** True when every user of the machine may read the file. */
  readonly worldReadable: boolean;
}

/**
 * Reads a configuration file; undefined when there is none. Throws a UserError for one that is
 * there and cannot be read.
 */
export async function readIniFile(path: string): Promise<IniFile | undefined> {
  try {
    const [text, { mode }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { path, ...parseIni(text, path), worldReadable: (mode & 0o004) !== 0 };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UserError(
      code === "EACCES" ? "denied" : "failed",
      `cannot read ${JSON.stringify(path)}: ${typeof code === "string" ? (whys[code] ?? code) : String(error)}`,
      { cause: error },
    );
  }
}

/**
 * Parses the INI dialect of Python's ConfigParser, in which boto's, the AWS CLI's and Campanile's
 * files are written.
 *
 * | line | is |
 * | --- | --- |
 * | `[profile a.b]` | a section; all between the brackets is its name |
 * | `name = value`, `name: value` | an option; names are not case sensitive |
 * | one that begins with white space | more of the value above it, after a line end |
 * | one that begins with `#`, `;` or the word `rem` | a comment |
 *
 * A `#` or `;` inside a value is a part of it, as in a secret, unless a blank stands before. What
 * stands twice counts as it stands last. The npm package `ini` reads another dialect: no colon, no
 * continuation, a value cut at any `#`, nested sections at a dot, and no word about a line it does
 * not understand.
 */
export function parseIni(text: string, file: string): Pick<IniFile, "sections" | "malformed"> {
  const sections = new Map<string, Map<string, IniValue>>();
  const malformed: { line: number; why: string }[] = [];
  let section: Map<string, IniValue> | undefined;
  let option: string | undefined;

  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = index + 1;
    if (raw.trim() === "" || /^([#;]|rem(\s|$))/i.test(raw)) continue;

    const above = option === undefined ? undefined : section?.get(option);
    if (/^\s/.test(raw) && section !== undefined && option !== undefined && above !== undefined) {
      const more = withoutComment(raw);
      if (more !== "") section.set(option, { ...above, value: `${above.value}\n${more}` });
      continue;
    }

    const header = /^\[([^\]]+)\]/.exec(raw)?.[1]?.trim();
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, IniValue>();
      sections.set(header, section);
      option = undefined;
      continue;
    }

    const found = /^\s*([^:=\s][^:=]*)[:=](.*)$/.exec(raw);
    // The line itself is not quoted: it may hold a secret.
    if (found === null) {
      malformed.push({ line, why: 'neither a [section] nor "name = value"' });
    } else if (section === undefined) {
      malformed.push({ line, why: "no [section] stands above it" });
    } else {
      option = (found[1] ?? "").trim().toLowerCase();
      section.set(option, { value: withoutComment(found[2] ?? ""), file, line });
    }
  }
  return { sections, malformed };
}

/** Throws a UserError that names the first line of a file that cannot be understood. */
export function refuseMalformed(file: IniFile): void {
  const first = file.malformed[0];
  if (first === undefined) return;
  throw new UserError(
    "usage",
    `cannot read ${JSON.stringify(file.path)}, line ${first.line}: ${first.why}`,
  );
}

/** Where a value stands, for a message: `"/etc/boto.cfg", line 3`. */
export function placeOf({ file, line }: IniValue): string {
  return `${JSON.stringify(file)}, line ${line}`;
}

function withoutComment(text: string): string {
  return text.split(/(?:^|\s)[#;]/, 1)[0]?.trim() ?? "";
}

const whys: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "it is a directory",
};
