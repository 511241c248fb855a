import { fileURLToPath } from "node:url";

/** Where a file or folder of this checkout is. */
export function inCheckout(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}
