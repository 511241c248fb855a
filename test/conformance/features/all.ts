import type { Feature } from "../../support/gaps.ts";
import { accessProbes } from "./access.ts";
import { checksumProbes } from "./checksums.ts";
import { conditionProbes } from "./conditions.ts";
import { etagProbes } from "./etags.ts";
import { keyProbes } from "./keys.ts";
import { objectProbes } from "./objects.ts";
import { partProbes } from "./parts.ts";
import type { Probes } from "./probe.ts";

/** A probe for every feature that some server lacks. */
export const probes: Probes<Feature> = {
  ...partProbes,
  ...etagProbes,
  ...conditionProbes,
  ...checksumProbes,
  ...keyProbes,
  ...objectProbes,
  ...accessProbes,
};
