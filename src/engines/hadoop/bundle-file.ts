import { existsSync } from "node:fs";
import { basename, join } from "node:path";

import { UserError } from "../../errors.ts";

/** What the program is called in the folder of a task. */
export const bundleName = "campanile.mjs";

/**
 * The program in one file, which is sent to the nodes: this very one, or where it runs from its
 * sources or its library the one that was built. Throws a UserError where there is none.
 */
export function bundleFile(module = import.meta.filename): string {
  if (basename(module) === bundleName) return module;
  // src/engines/hadoop/x.ts, or dist/lib/engines/hadoop/x.js
  const root = join(module, "../../../..");
  const candidates = [join(root, "dist", bundleName), join(root, bundleName)];
  const found = candidates.find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new UserError("missing", `cannot send the program to the cluster: it is not built`, {
    hint: "build it: npm run build; or name the file: --code campanile.mjs",
  });
}
