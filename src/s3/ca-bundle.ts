import { readFile } from "node:fs/promises";

import { UserError } from "../errors.ts";

/**
 * Reads certificates of authorities to trust, in PEM. Throws a UserError for a file that is not
 * there or holds none.
 */
export async function readCaBundle(path: string): Promise<string> {
  const doing = `cannot read the certificates in ${JSON.stringify(path)}`;
  const hint = "AWS_CA_BUNDLE, ca_bundle of the profile, or boto's ca_certificates_file names it";
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT")
      throw new UserError("missing", `${doing}: there is no such file`, { hint });
    throw new UserError("failed", `${doing}: ${String(code ?? error)}`, { hint, cause: error });
  }
  if (
    !text.includes("-----BEGIN CERTIFICATE-----") &&
    !text.includes("-----BEGIN TRUSTED CERTIFICATE-----")
  ) {
    throw new UserError("usage", `${doing}: there is none in PEM form`, { hint });
  }
  return text;
}
