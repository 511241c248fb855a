import { join, resolve } from "node:path";

/** How our own program is started: from its sources, or from the file that is named. */
export function ourProgram(file?: string): readonly string[] {
  const program =
    file === undefined ? join(import.meta.dirname, "../bin/campanile.ts") : resolve(file);
  return [process.execPath, program];
}
