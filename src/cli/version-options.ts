import { Option } from "commander";
import { moment } from "./quantities.ts";

/** What the options of `versionOptions` hold. */
export interface VersionValues {
  readonly versions?: true;
  readonly asOf?: string;
}

/** What a copy of versions has no use for: it lists from one place, page after page, in this process. */
const others = ["bandwidth", "engine", "jsonProgress", "maxRequestsPerSecond", "run", "workers"];

/** The options of a copy of more, or of another state, than what there is now. */
export function versionOptions(): readonly Option[] {
  const options = [
    new Option(
      "--versions",
      "copy all versions of each object, the oldest first, and delete markers; both buckets keep versions",
    ).conflicts([...others, "asOf", "overwrite", "ifUnchanged"]),
    new Option(
      "--as-of <when>",
      "copy what the bucket held then: as 2026-11-24T17:32 (UTC), or how long ago, as 12h or 30d",
    )
      .argParser((text) => moment(text, Date.now()))
      .conflicts(others),
  ];
  return options.map((option) => option.helpGroup("Which objects:"));
}
