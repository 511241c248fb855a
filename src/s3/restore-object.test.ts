import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";

import { type FakeAnswer, FakeClient, refused } from "../../test/support/fake-client.ts";
import { restoreObject, type RestoreRequest } from "./restore-object.ts";

describe("restoreObject", () => {
  const requests: readonly {
    readonly name: string;
    readonly restore: RestoreRequest;
    readonly xml: string;
  }[] = [
    {
      name: "an archived object for some days",
      restore: { days: 7, tier: "Bulk" },
      xml: "<Days>7</Days><GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters>",
    },
    {
      name: "an Intelligent-Tiering object for good",
      restore: { tier: "Standard" },
      xml: "<GlacierJobParameters><Tier>Standard</Tier></GlacierJobParameters>",
    },
  ];
  for (const { name, restore, xml } of requests) {
    test(`asks for ${name}`, async () => {
      const s3 = new FakeClient([{ status: 202 }]);
      await restoreObject(s3.bucket(), "k", restore);
      assert.deepEqual(s3.asked, ["POST /k?restore"]);
      assert.equal(
        s3.sentBody,
        `<RestoreRequest xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${xml}</RestoreRequest>`,
      );
      assert.equal(s3.sent["content-md5"], createHash("md5").update(s3.sentBody).digest("base64"));
    });
  }

  const answers: readonly { readonly answer: FakeAnswer; readonly said: string }[] = [
    { answer: { status: 202 }, said: "started" },
    { answer: { status: 200 }, said: "restored" },
    { answer: refused("RestoreAlreadyInProgress", 409), said: "ongoing" },
  ];
  for (const { answer, said } of answers) {
    test(`says that a restore is ${said}`, async () => {
      const s3 = new FakeClient([answer]);
      const request = { days: 1, tier: "Expedited", versionId: "v" } as const;
      assert.equal(await restoreObject(s3.bucket(), "k", request), said);
      assert.deepEqual(s3.asked, ["POST /k?restore&versionId=v"]);
    });
  }

  test("fails for an object that is not archived", async () => {
    const s3 = new FakeClient([refused("InvalidObjectState", 403)]);
    const work = restoreObject(s3.bucket(), "k", { days: 1, tier: "Bulk" });
    await assert.rejects(work, { code: "InvalidObjectState" });
  });
});
