import { describe } from "node:test";

import { aborting } from "./aborting.ts";
import { certificates } from "./certificates.ts";
import { connections } from "./connections.ts";
import { failures } from "./failures.ts";
import { framing } from "./framing.ts";
import { fuzz } from "./fuzz.ts";
import { messages } from "./messages.ts";
import { refusals } from "./refusals.ts";
import { type MakeTransport, rigOf } from "./rig.ts";
import { sentBodies } from "./sent-bodies.ts";
import { streamedReplies } from "./streamed-replies.ts";

/** What a transport must do, whatever carries its requests. */
export function transportSuite(name: string, make: MakeTransport): void {
  describe(name, () => {
    const rig = rigOf(make);
    messages(rig);
    framing(rig);
    connections(rig);
    failures(rig);
    certificates(rig);
    refusals(rig);
    sentBodies(rig);
    streamedReplies(rig);
    aborting(rig);
    fuzz(rig);
  });
}
