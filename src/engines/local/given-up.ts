import { isCodeAboutAll } from "../../s3/error.ts";

/** Whether a code says that nobody has tried, because the work was given up as a whole: it is not what came of the object. */
export function isGivenUp(code: string): boolean {
  const [why = ""] = code.split(",", 1);
  return why === "Interrupted" || why === "NotConfigured" || isCodeAboutAll(why);
}
