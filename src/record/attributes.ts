/**
 * The optional last column of a record: what the original's columns do not hold, written as a URL
 * query (`class=GLACIER&outcome=skipped`). A value at its default is left out, an empty column too.
 * Names that this version does not know are kept and passed on. All names and values:
 * docs/record-formats.md.
 */
export interface Attributes {
  /** Storage class, where it is not STANDARD. */
  readonly class?: string | undefined;
  /**
   * Of an archived object: `ongoing`, or when its restored copy expires (`YYYY-MM-DD HH:MM:SS`,
   * UTC).
   */
  readonly restore?: string | undefined;
  readonly version?: string | undefined;
  /**
   * `ALGORITHM:VALUE`, of the whole object or, in a part's result, of the part; see
   * `record/checksum.ts`.
   */
  readonly checksum?: string | undefined;
  readonly change?: "added" | "changed" | "removed" | undefined;
  readonly outcome?: "skipped" | "failed" | undefined;
  /** Why: S3's error code, or one of ours. */
  readonly code?: string | undefined;
  readonly [name: string]: string | undefined;
}

/** Writes the column; nothing for no attributes. */
export function encodeAttributes(attributes: Attributes | undefined): string {
  if (attributes === undefined) return "";
  let text = "";
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined || value === "") continue;
    text += `${text === "" ? "" : "&"}${encode(name)}=${encode(value)}`;
  }
  return text;
}

/** Reads the column. Throws a SyntaxError for what is not a query. */
export function decodeAttributes(column: string | undefined): Attributes | undefined {
  if (column === undefined || column === "" || column === "\\N") return undefined;
  const attributes: Record<string, string> = {};
  for (const pair of column.split("&")) {
    const equals = pair.indexOf("=");
    if (equals < 1) throw new SyntaxError(`"${pair}" is no attribute; one is written NAME=VALUE`);
    attributes[decode(pair.slice(0, equals))] = decode(pair.slice(equals + 1));
  }
  return attributes;
}

/**
 * As encodeURIComponent, but leaves what reads better as it is and is safe in a query and in a
 * line.
 */
function encode(text: string): string {
  return /^[\w.,:;/@ -]*$/.test(text)
    ? text.replaceAll(" ", "+")
    : encodeURIComponent(text)
        .replace(/%(?:2F|3A|2C|3B|40)/g, decodeURIComponent)
        .replaceAll("%20", "+");
}

function decode(text: string): string {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new SyntaxError(`"${text}" is not percent-encoded UTF-8`);
  }
}
