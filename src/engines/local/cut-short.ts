import { isCodeAboutAll } from "../../s3/error.ts";

/** Whether there is among result lines one of an object that nobody tried, because the work was given up as a whole. */
export function isCutShort(lines: Uint8Array): boolean {
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString();
  for (const [, code = ""] of text.matchAll(/&code=([\w-]+)$/gm)) {
    if (code === "Interrupted" || code === "NotConfigured" || isCodeAboutAll(code)) return true;
  }
  return false;
}
