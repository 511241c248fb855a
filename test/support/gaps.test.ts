import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { type Feature, gapOf } from "./gaps.ts";
import type { ServerName } from "./servers/running.ts";

describe("gapOf", () => {
  const cases: {
    readonly name: string;
    readonly server: ServerName;
    readonly needed: readonly Feature[];
    readonly gap: string | undefined;
  }[] = [
    {
      name: "says what the server does instead",
      server: "moto",
      needed: ["clockSkew"],
      gap: "known gap of moto: does not look at the time",
    },
    {
      name: "finds the one among several that is missing",
      server: "seaweedfs",
      needed: ["partNumber", "completeEtag", "quotesOnCopy"],
      gap: "known gap of seaweedfs: leaves the quotes out",
    },
    {
      name: "is none where the server has them all",
      server: "seaweedfs",
      needed: ["partNumber", "completeEtag"],
      gap: undefined,
    },
    { name: "is none where nothing is needed", server: "moto", needed: [], gap: undefined },
    {
      name: "is none of the project's own server",
      server: "campanile",
      needed: ["restoreStatusInLists", "defaultChecksum"],
      gap: undefined,
    },
  ];
  for (const { name, server, needed, gap } of cases) {
    test(name, () => assert.equal(gapOf(server, needed), gap));
  }
});
