import { tmpdir } from "node:os";
import type { Io } from "./io.ts";

/** Where files go that are gone at the end: TMPDIR, or where the system has them. */
export function temporaryDirectory({ env }: Pick<Io, "env">): string {
  return env["TMPDIR"] ?? tmpdir();
}
