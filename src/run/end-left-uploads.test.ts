import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { createMultipartUpload } from "../s3/create-multipart-upload.ts";
import { listMultipartUploads } from "../s3/list-multipart-uploads.ts";
import { endLeftUploads } from "./end-left-uploads.ts";

const startMs = Date.parse("2026-03-01T12:00:00Z");

/** The server's clock is an hour ahead of ours. */
let nowMs = startMs;
const serverMs = () => nowMs + 3_600_000;

let rig: Rig;
before(async () => {
  rig = await openRig({ now: () => new Date(serverMs()) });
});
after(() => rig.close());

test("only uploads of the keys, begun since work on them may have, are ended", async () => {
  const begin = (key: string) => createMultipartUpload(rig.target, key);
  await begin("copies/mine");
  nowMs = startMs + 60_000;
  const sinceMs = nowMs;
  await begin("copies/mine");
  await begin("copies/mine");
  await begin("copies/mine too");
  await begin("copies/of others");
  nowMs += 60_000;
  const keys = new Map([
    ["copies/mine", sinceMs],
    ["copies/mine too", sinceMs],
    ["copies/never begun", sinceMs],
  ]);
  const came = await endLeftUploads(rig.target, keys, { prefix: "copies/", nowMs: () => nowMs });
  assert.deepEqual(came, { ended: 3, left: 0 });
  const { uploads } = await listMultipartUploads(rig.target);
  assert.deepEqual(
    uploads.map(({ key }) => key),
    ["copies/mine", "copies/of others"],
  );
});

test("no request is sent where nothing was begun", async () => {
  const before = rig.server.requests.total;
  assert.deepEqual(await endLeftUploads(rig.target, new Map()), { ended: 0, left: 0 });
  assert.equal(rig.server.requests.total, before);
});
