/**
 * Reads `s/PATTERN/REPLACEMENT/FLAGS`: any character may take the place of `/`, and stands for itself
 * behind a backslash. In the replacement `\1` is what the first group matched and `&` all of it; the
 * flags are `g`, for each match, and `i`, for letters of either case. Throws a SyntaxError.
 */
export function parseRewrite(text: string): (key: string) => string {
  const separator = text[1] ?? "";
  if (text[0] !== "s" || !/^[!-/:-@^_|~]$/.test(separator)) {
    throw new SyntaxError("it begins with s and a separator, as s/");
  }
  const fields = fieldsOf(text.slice(1 + separator.length), separator);
  const [pattern, replacement, flags] = fields;
  if (
    pattern === undefined ||
    replacement === undefined ||
    flags === undefined ||
    fields.length > 3
  ) {
    throw new SyntaxError(`it has ${fields.length - 1} of the 2 ${separator} behind the first`);
  }
  if (!/^g?i?$|^ig$/.test(flags)) throw new SyntaxError(`the flags are g and i, not "${flags}"`);
  if (pattern === "") throw new SyntaxError("the pattern is empty");
  const expression = new RegExp(pattern, `u${flags}`);
  const put = replacement.replace(/\\(.)|[&$]/gs, (found, escaped: string | undefined) => {
    if (escaped !== undefined) return /[1-9]/.test(escaped) ? `$${escaped}` : plain(escaped);
    return found === "&" ? "$&" : "$$";
  });
  return (key) => key.replace(expression, put);
}

function plain(character: string): string {
  return character === "$" ? "$$" : character;
}

function fieldsOf(text: string, separator: string): readonly string[] {
  const fields = [""];
  for (let at = 0; at < text.length; at++) {
    const last = fields.length - 1;
    if (text[at] === "\\" && at + 1 < text.length) {
      const isSeparator = text.startsWith(separator, at + 1);
      fields[last] += isSeparator ? separator : text.slice(at, at + 2);
      at++;
    } else if (text.startsWith(separator, at)) fields.push("");
    else fields[last] += text[at]!;
  }
  return fields;
}
