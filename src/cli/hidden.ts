import type { HiddenReport } from "../ranges/hidden-prefixes.ts";
import { escapeColumn } from "../record/escape.ts";
import { type Io, say } from "./io.ts";

/** Warns of keys that lines of a part file hide by their delimiters and that no other line lists. */
export function sayHidden(
  io: Io,
  bucket: string,
  { uncovered, uncoveredCount, unchecked }: HiddenReport,
): void {
  const warn = (text: string): void => say(io, `campanile: warning: ${text}`);
  const check = `campanile partition --check PARTFILE s3://${bucket}`;
  if (uncoveredCount > 0) {
    const names = uncovered.map((prefix) => `"${escapeColumn(prefix)}"`).join(", ");
    const others = uncoveredCount - uncovered.length;
    const more = others > 0 ? ` and ${count(others)} others` : "";
    warn(
      `a delimiter hides keys behind ${names}${more}, and no other line lists them, or not all of them; see which: ${check}`,
    );
  }
  if (unchecked > 0) {
    warn(
      `delimiters hide keys behind ${count(unchecked)} ${uncoveredCount > 0 ? "more " : ""}prefixes, too many to see whether other lines list them: ${check}`,
    );
  }
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
